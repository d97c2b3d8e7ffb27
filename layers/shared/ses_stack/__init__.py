"""ses-stack: run Amazon SES in production."""
