# Installs Heliograph for one person on Windows, without an administrator.
#
#   .\install.ps1                 installs, or brings an installation to this version
#   .\install.ps1 -Uninstall      removes it; accounts, messages and settings stay
#   .\install.ps1 -Prefix DIR     puts it into DIR instead of %LOCALAPPDATA%\Programs\heliograph
#   .\install.ps1 -From URL       fetches archive and SHA256SUMS from there
#
# What is there is replaced only after the sum of the archive was right and the new program has said its version.
param([switch]$Uninstall, [string]$Prefix, [string]$From)
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

# `deno task generate` writes these.
$Version = '0.1.0'
$Download = 'https://github.com/heliograph/heliograph/releases/download/v0.1.0'

function Fail([string]$Words) {
  [Console]::Error.WriteLine("install.ps1: $Words")
  exit 1
}

if (-not $Prefix) { $Prefix = Join-Path $env:LOCALAPPDATA 'Programs\heliograph' }
if (-not $From) { $From = $Download }
$Mark = '.installed-by-install.ps1'
$Old = "$Prefix.old"
if ((Test-Path $Prefix) -and -not (Test-Path (Join-Path $Prefix $Mark))) {
  Fail "$Prefix is there, and not from this script: remove it, or choose another folder by -Prefix"
}

# The person's own PATH, not that of the system.
function Get-UserPath { @(([Environment]::GetEnvironmentVariable('Path', 'User') -split ';') | Where-Object { $_ }) }
function Set-UserPath([string[]]$Folders) {
  [Environment]::SetEnvironmentVariable('Path', ($Folders -join ';'), 'User')
}

# A program that runs cannot be moved on Windows.
function Move-Away {
  if (-not (Test-Path $Prefix)) { return }
  if (Test-Path $Old) { Remove-Item -Recurse -Force $Old }
  try { Move-Item $Prefix $Old }
  catch { Fail "cannot replace $Prefix while a program of it runs: end heliograph and heliograph-server, and try again. What was installed is untouched" }
}

if ($Uninstall) {
  if (-not (Test-Path $Prefix)) { Fail "there is nothing from this script in $Prefix" }
  Move-Away
  Remove-Item -Recurse -Force $Old
  Set-UserPath @(Get-UserPath | Where-Object { $_ -ne $Prefix })
  Write-Output "Removed Heliograph from $Prefix. Accounts, messages and settings are where they were."
  exit 0
}

# On Windows for Arm the program runs translated.
if ([Environment]::OSVersion.Platform -ne 'Win32NT') { Fail 'this is for Windows; elsewhere use install.sh' }
if (-not [Environment]::Is64BitOperatingSystem) { Fail 'there is no release for Windows with 32 bits' }

$Name = "heliograph-$Version-x86_64-pc-windows-msvc"
$Staging = "$Prefix.new"
if (Test-Path $Staging) { Remove-Item -Recurse -Force $Staging }
New-Item -ItemType Directory -Force $Staging | Out-Null
try {
  $Sums = Join-Path $Staging 'SHA256SUMS'
  $Archive = Join-Path $Staging "$Name.zip"
  [Net.ServicePointManager]::SecurityProtocol = 'Tls12'
  try {
    Invoke-WebRequest -UseBasicParsing "$From/SHA256SUMS" -OutFile $Sums
    Invoke-WebRequest -UseBasicParsing "$From/$Name.zip" -OutFile $Archive
  } catch { Fail "cannot fetch from $From, or there is no room: $($_.Exception.Message). What was installed is untouched" }
  $Line = Get-Content $Sums | Where-Object { $_.EndsWith("  $Name.zip") } | Select-Object -First 1
  if (-not $Line) { Fail "SHA256SUMS of $From names no $Name.zip" }
  $Wanted = $Line.Split(' ')[0]
  $Got = (Get-FileHash -Algorithm SHA256 $Archive).Hash.ToLowerInvariant()
  if ($Got -ne $Wanted) {
    Fail "$Name.zip is not what SHA256SUMS says (it has $Got, not $Wanted): nothing was installed, and what was there is untouched"
  }
  try { Expand-Archive $Archive $Staging }
  catch { Fail "cannot unpack $Name.zip: is there room? What was installed is untouched" }
  $New = Join-Path $Staging $Name
  foreach ($Program in 'heliograph', 'heliograph-server') {
    $Said = & (Join-Path $New "$Program.exe") --version
    if ($LASTEXITCODE -ne 0 -or "$Said" -notmatch [regex]::Escape($Version)) {
      Fail "the new $Program does not start here, so what was installed is untouched. It said: $Said"
    }
  }
  New-Item -ItemType File (Join-Path $New $Mark) | Out-Null
  Move-Away
  try { Move-Item $New $Prefix }
  catch {
    if (Test-Path $Old) { Move-Item $Old $Prefix }
    Fail "cannot write $Prefix"
  }
  if (Test-Path $Old) { Remove-Item -Recurse -Force $Old }
} finally {
  Remove-Item -Recurse -Force $Staging
}
if ((Get-UserPath) -notcontains $Prefix) { Set-UserPath (@(Get-UserPath) + $Prefix) }
Write-Output "Installed Heliograph $Version in $Prefix. A new terminal finds heliograph and heliograph-server."
if (-not (Get-Command ffmpeg -ErrorAction SilentlyContinue)) {
  Write-Output 'There is no ffmpeg here: everything works but videos. winget install Gyan.FFmpeg has it.'
}
