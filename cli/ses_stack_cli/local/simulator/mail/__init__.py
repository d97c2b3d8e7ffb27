"""From a request of the API to an accepted message: checks, MIME, templates."""
