# Builds the Windows setup on Windows: the same recipe as `make installer`, with the official CPython of this machine.
#
#   powershell -ExecutionPolicy Bypass -File installer\build.ps1
#
# Needs CPython 3.12 (64 bit) from python.org and NSIS 3.08 or later. SIGN_COMMAND is called with each file to sign, for
# example: signtool sign /fd sha256 /tr http://timestamp.example /td sha256 /n "Name of the certificate"
$ErrorActionPreference = 'Stop'
Set-Location (Split-Path $PSScriptRoot -Parent)
$python = & py -3.12 -c 'import sys; print(sys.executable if sys.maxsize > 2**32 else "")'
if (-not $python) { throw 'CPython 3.12, 64 bit, is needed: https://www.python.org/downloads/windows/' }
$nsis = Join-Path ${env:ProgramFiles(x86)} 'NSIS'
if (-not (Get-Command makensis -ErrorAction SilentlyContinue)) {
    if (-not (Test-Path "$nsis\makensis.exe")) { throw 'NSIS is needed: https://nsis.sourceforge.io' }
    $env:PATH = "$nsis;$env:PATH"
}
& $python installer\build.py
exit $LASTEXITCODE
