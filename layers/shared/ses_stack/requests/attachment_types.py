"""The types of attachment that SES refuses, by the extension of the file's name.

https://docs.aws.amazon.com/ses/latest/dg/mime-types.html
"""

from __future__ import annotations

UNSUPPORTED_EXTENSIONS = frozenset(
    """
    ade adp app asp bas bat cer chm cmd com cpl crt csh der exe fxp gadget hlp hta inf ins isp its js jse ksh lib lnk
    mad maf mag mam maq mar mas mat mau mav maw mda mdb mde mdt mdw mdz msc msh msh1 msh2 mshxml msh1xml msh2xml msi msp
    mst ops pcd pif plg prf prg reg scf scr sct shb shs sys ps1 ps1xml ps2 ps2xml psc1 psc2 tmp url vb vbe vbs vps
    vsmacros vss vst vsw vxd ws wsc wsf wsh xnk
    """.split()  # noqa: SIM905 -- a list would be a hundred lines
)
# Windows ignores these characters at the end of a name: `setup.exe. ` is `setup.exe` there.
_IGNORED_AT_THE_END = ". \t"


def unsupported_extension(filename: str) -> str | None:
    """The extension for which SES refuses a file of this name, such as `.exe`; None if SES takes the file.

    The last extension counts, in any case: SES takes `setup.exe.zip` and refuses `list.pdf.EXE`.
    """
    _, dot, extension = filename.rstrip(_IGNORED_AT_THE_END).rpartition(".")
    return f".{extension.lower()}" if dot and extension.lower() in UNSUPPORTED_EXTENSIONS else None
