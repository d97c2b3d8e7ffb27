"""The types of attachment that SES refuses."""

from __future__ import annotations

import pytest

from ses_stack.requests.attachment_types import UNSUPPORTED_EXTENSIONS, unsupported_extension


@pytest.mark.parametrize("extension", sorted(UNSUPPORTED_EXTENSIONS))
def test_every_unsupported_extension_is_found_in_any_case(extension: str) -> None:
    for name in (f"a.{extension}", f"A.{extension.upper()}", f"a.pdf.{extension}", f".{extension}"):
        assert unsupported_extension(name) == f".{extension}"


@pytest.mark.parametrize("name", ["setup.exe.", "setup.exe..", "setup.exe ", "setup.exe. \t"])
def test_the_end_of_a_name_that_windows_ignores_hides_nothing(name: str) -> None:
    assert unsupported_extension(name) == ".exe"


@pytest.mark.parametrize(
    "name", ["a.pdf", "setup.exe.zip", "exe", "a.exe1", "a.jsx", "a.json", "a.eml", "a.", "", "...", "a exe", "a.exé"]
)
def test_ses_takes_all_other_files(name: str) -> None:
    assert unsupported_extension(name) is None
