# What a real Windows must show of the setup that build.ps1 has made: installed silently, asked, its rights, removed.
# It installs for the machine, so it is for a machine that may be spoilt (a runner). What needs eyes and hands is listed
# in resources/docs/windows.md.
$ErrorActionPreference = 'Stop'
Set-Location (Split-Path $PSScriptRoot -Parent)
$setup = Get-Item build\installer\pos-app-*-x64-setup.exe | Select-Object -First 1
$home_ = Join-Path $env:ProgramFiles 'pos-app'
$shared = Join-Path $env:ProgramData 'pos-app'

function Expect($fact, $otherwise) { if (-not $fact) { throw $otherwise } }
function Run($file, $words) { (Start-Process $file -ArgumentList $words -Wait -PassThru).ExitCode }

Expect ((Run $setup.FullName "/S /LOG=$PWD\build\installer\setup.log /AUTOSTART=yes") -eq 0) 'the setup failed'
$cli = Join-Path $home_ 'pos-app-cli.exe'
& $cli version
Expect ($LASTEXITCODE -eq 0) 'the installed program does not start'
'a secret' | & $cli secret set smoke-test
Expect ($LASTEXITCODE -eq 0) 'Credential Manager refused a secret'
& $cli upkeep check --json
Expect ($LASTEXITCODE -eq 0) 'upkeep found something in the way'
$rights = (Get-Acl "$shared\data").Access | Where-Object { $_.IdentityReference -eq 'BUILTIN\Users' }
Expect ($rights.FileSystemRights -match 'Modify') 'users may not write the data'
$rights = (Get-Acl $shared).Access | Where-Object { $_.IdentityReference -eq 'BUILTIN\Users' }
Expect ($rights.FileSystemRights -notmatch 'Modify|Write|FullControl') 'users may write the configuration'
Expect ((Run (Join-Path $home_ 'uninstall.exe') "/S /PURGE _?=$home_") -eq 0) 'the uninstaller failed'
Expect (-not (Test-Path (Join-Path $home_ 'pos-app.exe'))) 'the program is still there'
Expect (-not (Test-Path $shared)) 'the data is still there'
'The setup works on this Windows.'
