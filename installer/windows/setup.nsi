; The setup of the till, for one machine and all who use it. installer/making/setup.py calls makensis with
;   -DVERSION=1.2.3 -DFOUR=1.2.3.0 -DTITLE=... -DPUBLISHER=... -DDIST=folder -DSEP=/ -DICON=file -DOUT=file [-DAMD64] [-DSIGN=command]
;
; A new version is unpacked into `next`, where it must show that it starts, that no till is open and that the data is not
; newer than itself; it copies the data, and only then takes the place of the old one, which stays in `previous` for a
; way back. Whatever fails before that leaves the old version as it was. Options and exit codes: resources/docs/windows.md.

!ifdef AMD64
  Target amd64-unicode ; a 32-bit setup does not start under a Wine without its 32-bit half
!endif
Unicode true
!ifdef QUICK
  SetCompressor zlib
!else
  SetCompressor /SOLID lzma
  SetCompressorDictSize 64 ; the two programs hold the same archive
!endif
!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include Sections.nsh
!include WinVer.nsh
!include x64.nsh

!define APP "pos-app"
!define KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\${APP}"
!define OWN "Software\${APP}"
!define RUN "Software\Microsoft\Windows\CurrentVersion\Run"

!define DONE 0
!define STOPPED 2
!define TILL_OPEN 10
!define DATA_NEWER 11
!define CONFIG_WRONG 12
!define NO_RIGHTS 13
!define NO_COPY 14
!define NO_START 15
!define OLD_WINDOWS 16
!define NO_PREVIOUS 17
!define ANOTHER_SETUP 18
!define UNFINISHED 19
!define WAITS 20

Name "${TITLE}"
OutFile "${OUT}"
InstallDir "$PROGRAMFILES64\${APP}"
RequestExecutionLevel admin
ManifestSupportedOS Win10
ManifestDPIAware true
BrandingText "${TITLE} ${VERSION}"
VIProductVersion "${FOUR}"
VIAddVersionKey CompanyName "${PUBLISHER}"
VIAddVersionKey ProductName "${TITLE}"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey FileDescription "${TITLE} setup"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey OriginalFilename "${APP}-${VERSION}-x64-setup.exe"
VIAddVersionKey LegalCopyright "${PUBLISHER}"
!ifdef SIGN
  !finalize '${SIGN} "%1"' = 0
  !uninstfinalize '${SIGN} "%1"' = 0
!endif

Var Log        ; the log's path
Var Config     ; a configuration to import, "" for none
Var Wait       ; how many seconds to wait for an open till
Var Answer     ; what a program that was run printed
Var Here       ; the version that is installed, "" for none
Var Purge      ; uninstall: the data as well

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "$INSTDIR\pos-app.exe"
!define MUI_FINISHPAGE_RUN_PARAMETERS "watch"
!define MUI_FINISHPAGE_RUN_NOTCHECKED
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English" ; the first is taken where Windows speaks none of them
!insertmacro MUI_LANGUAGE "Thai"
!insertmacro MUI_LANGUAGE "Indonesian"
!insertmacro MUI_LANGUAGE "Vietnamese"
!insertmacro MUI_LANGUAGE "SimpChinese"
!include words.nsh

; --- words and ends --------------------------------------------------------------------------------

!macro Say un
Function ${un}Say ; the text on the stack, into the log and the window
  Exch $0
  Push $1
  Push $2
  ${GetTime} "" "L" $1 $2 $R1 $R2 $R3 $R4 $R5
  DetailPrint "$0"
  ClearErrors
  FileOpen $R0 "$Log" a
  ${IfNot} ${Errors}
    FileSeek $R0 0 END
    FileWrite $R0 "$R1-$2-$1 $R3:$R4:$R5 $0$\r$\n"
    FileClose $R0
  ${EndIf}
  ClearErrors
  Pop $2
  Pop $1
  Pop $0
FunctionEnd

Function ${un}Options ; what every run is told
  ${GetParameters} $R9
  ClearErrors
  ${GetOptions} $R9 "/LOG=" $Log
  ${If} ${Errors}
    StrCpy $Log "$TEMP\${APP}-setup.log"
  ${EndIf}
  ClearErrors
  ${GetOptions} $R9 "/WAIT=" $Wait
  ${If} ${Errors}
    StrCpy $Wait 0
  ${EndIf}
  ClearErrors
FunctionEnd
!macroend
!insertmacro Say ""
!insertmacro Say "un."

!macro Say_ un text
  Push "${text}"
  Call ${un}Say
!macroend
!define Say '!insertmacro Say_ ""'
!define un.Say '!insertmacro Say_ "un."'

; The end with an exit code: `text` for the log, `word` of words.nsh for the window.
!macro End_ un code text word
  Push "${text} [${code}]"
  Call ${un}Say
  SetErrorLevel ${code}
  IfSilent +2
  MessageBox MB_OK|MB_ICONEXCLAMATION "$(${word})"
  Abort "$(${word})"
!macroend
!define End '!insertmacro End_ ""'
!define un.End '!insertmacro End_ "un."'

; Run a program of ours; its exit code in $0, what it printed in $Answer.
!macro Ask_ un program words
  nsExec::ExecToStack /TIMEOUT=180000 '"${program}" ${words}'
  Pop $0
  Pop $Answer
  Push `${words} ended with $0: $Answer`
  Call ${un}Say
!macroend
!define Ask '!insertmacro Ask_ ""'
!define un.Ask '!insertmacro Ask_ "un."'

; Ask whether a till is open, until none is or the wait is over; the exit code stays in $0.
!macro AskWhileOpen_ un program words
  StrCpy $R8 0
  ${Do}
    !insertmacro Ask_ "${un}" "${program}" "${words}"
    ${If} $0 != ${TILL_OPEN}
      ${ExitDo}
    ${EndIf}
    ${If} $R8 >= $Wait
      IfSilent +2
      MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(ASK_CLOSE)" IDRETRY +2
      ${ExitDo}
    ${EndIf}
    Sleep 3000
    IntOp $R8 $R8 + 3
  ${Loop}
!macroend

; --- the program's files ---------------------------------------------------------------------------

; Everything that lies beside the programs, moved as a whole. $1 stays 0 when all of it moved.
!macro Move_ from to
  ClearErrors
  StrCpy $1 0
  !insertmacro MoveOne_ "${from}" "${to}" "pos-app.exe"
  !insertmacro MoveOne_ "${from}" "${to}" "pos-app-cli.exe"
  !insertmacro MoveOne_ "${from}" "${to}" "_internal"
  !insertmacro MoveOne_ "${from}" "${to}" "licences"
  !insertmacro MoveOne_ "${from}" "${to}" "pos-app.cdx.json"
!macroend
!macro MoveOne_ from to name
  ${If} ${FileExists} "${from}\${name}"
    ClearErrors
    Rename "${from}\${name}" "${to}\${name}"
    ${If} ${Errors}
      StrCpy $1 1
    ${EndIf}
  ${EndIf}
!macroend

Function VersionHere ; the version of the installed program into $Here
  StrCpy $Here ""
  ${If} ${FileExists} "$INSTDIR\pos-app.exe"
    GetDLLVersion "$INSTDIR\pos-app.exe" $0 $1
    IntOp $R0 $0 >> 16
    IntOp $R0 $R0 & 0xFFFF
    IntOp $R1 $0 & 0xFFFF
    IntOp $R2 $1 >> 16
    IntOp $R2 $R2 & 0xFFFF
    StrCpy $Here "$R0.$R1.$R2"
  ${EndIf}
FunctionEnd

; What is in `next` takes the place of what is installed, which goes to `previous`; or everything stays as it was.
Function Switch
  Call VersionHere
  ${If} $Here == "${VERSION}"
    StrCpy $2 "$INSTDIR\replaced" ; a repair: the way back stays the version before this one
  ${Else}
    StrCpy $2 "$INSTDIR\previous"
  ${EndIf}
  RMDir /r "$INSTDIR\replaced"
  ${If} $Here != ""
    RMDir /r "$2"
    CreateDirectory "$2"
    !insertmacro Move_ "$INSTDIR" "$2"
    ${If} $1 != 0
      !insertmacro Move_ "$2" "$INSTDIR"
      RMDir "$2"
      RMDir /r "$INSTDIR\next"
      ${End} ${TILL_OPEN} "The installed program is in use, so it was left as it is. Close it and try again." IN_USE
    ${EndIf}
  ${EndIf}
  !insertmacro Move_ "$INSTDIR\next" "$INSTDIR"
  ${If} $1 != 0
    !insertmacro Move_ "$INSTDIR" "$INSTDIR\next"
    ${If} $Here != ""
      !insertmacro Move_ "$2" "$INSTDIR"
    ${EndIf}
    ${End} ${STOPPED} "The new version could not be put in place; the old one stands." NOT_PLACED
  ${EndIf}
  RMDir "$INSTDIR\next"
  RMDir /r "$INSTDIR\replaced"
FunctionEnd

Function Back ; /ROLLBACK: the version before takes the place of this one
  ${IfNot} ${FileExists} "$INSTDIR\previous\pos-app-cli.exe"
    ${End} ${NO_PREVIOUS} "There is no earlier version to go back to." NO_EARLIER
  ${EndIf}
  !insertmacro AskWhileOpen_ "" "$INSTDIR\previous\pos-app-cli.exe" "upkeep check --json"
  ${If} $0 == ${TILL_OPEN}
    ${End} ${TILL_OPEN} "A till is open on this machine; nothing was changed." IS_OPEN
  ${ElseIf} $0 == ${DATA_NEWER}
    ${End} ${DATA_NEWER} "The data was written by the newer version, so the earlier one cannot use it; nothing was changed." TOO_NEW
  ${ElseIf} $0 != 0
    ${End} ${NO_START} "The earlier version does not start on this machine; nothing was changed." NOT_STARTING
  ${EndIf}
  ${Ask} "$INSTDIR\previous\pos-app-cli.exe" "upkeep copy --json"
  ${If} $0 != 0
    ${End} ${NO_COPY} "The data of this machine could not be copied, so nothing was changed. Is the disk full?" NOT_COPIED
  ${EndIf}
  RMDir /r "$INSTDIR\next"
  Rename "$INSTDIR\previous" "$INSTDIR\next"
  CreateDirectory "$INSTDIR\previous"
  !insertmacro Move_ "$INSTDIR" "$INSTDIR\previous"
  ${If} $1 == 0
    !insertmacro Move_ "$INSTDIR\next" "$INSTDIR"
  ${EndIf}
  ${If} $1 != 0
    !insertmacro Move_ "$INSTDIR\previous" "$INSTDIR"
    RMDir "$INSTDIR\previous"
    Rename "$INSTDIR\next" "$INSTDIR\previous"
    ${End} ${TILL_OPEN} "The installed program is in use, so it was left as it is. Close it and try again." IN_USE
  ${EndIf}
  RMDir "$INSTDIR\next"
  Call VersionHere
  WriteRegStr HKLM "${KEY}" DisplayVersion "$Here"
  ${Say} "Version $Here is back."
FunctionEnd

; Program files belong to administrators alone, as everything below Program Files does; so does the configuration.
; Whoever works at the till may write the data, and nothing else.
Function Rights
  CreateDirectory "$APPDATA\${APP}\data"
  ${Ask} "$SYSDIR\icacls.exe" '"$APPDATA\${APP}" /setowner *S-1-5-32-544 /c /q'
  ${Ask} "$SYSDIR\icacls.exe" '"$APPDATA\${APP}" /inheritance:r /grant:r *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F *S-1-5-32-545:(OI)(CI)RX /q'
  ${If} $0 != 0
    ${Say} "The rights of $APPDATA\${APP} could not be set."
    SetErrorLevel ${NO_RIGHTS}
  ${EndIf}
  ${Ask} "$SYSDIR\icacls.exe" '"$APPDATA\${APP}\data" /grant:r *S-1-5-32-545:(OI)(CI)M /q'
  ${If} $0 != 0
    ${Say} "The rights of $APPDATA\${APP}\data could not be set."
    SetErrorLevel ${NO_RIGHTS}
  ${EndIf}
FunctionEnd

!macro Keep section name
  StrCpy $0 0
  ${If} ${SectionIsSelected} ${section}
    StrCpy $0 1
  ${EndIf}
  WriteRegDWORD HKLM "${OWN}" "${name}" $0
!macroend

; --- installing ------------------------------------------------------------------------------------

Section "$(PART_TILL)" SecTill
  SectionIn RO
  SetShellVarContext all
  CreateDirectory "$INSTDIR"
  ${GetParameters} $R9
  ClearErrors
  ${GetOptions} $R9 "/ROLLBACK" $0
  ${IfNot} ${Errors}
    Call Back
    Return
  ${EndIf}
  ${Say} "Setup ${VERSION} begins in $INSTDIR."
  RMDir /r "$INSTDIR\next"
  SetOutPath "$INSTDIR\next"
  ClearErrors
  File /r "${DIST}${SEP}*"
  SetOutPath "$TEMP" ; the folder that one stands in can be neither moved nor removed
  ${If} ${Errors}
    RMDir /r "$INSTDIR\next"
    ${End} ${STOPPED} "The files could not be written. Is the disk full? What was installed is as it was." NOT_WRITTEN
  ${EndIf}

  ; Another version comes only between two sales and two shifts; the same one mends, whatever is open.
  StrCpy $R7 ""
  Call VersionHere
  ${If} $Here != ""
  ${AndIf} $Here != "${VERSION}"
    ClearErrors
    ${GetOptions} $R9 "/ANYWAY" $0
    ${If} ${Errors}
      StrCpy $R7 " --finished"
    ${EndIf}
    ClearErrors
  ${EndIf}
  !insertmacro AskWhileOpen_ "" "$INSTDIR\next\pos-app-cli.exe" "upkeep check --json$R7"
  ${If} $0 != 0
    RMDir /r "$INSTDIR\next"
    RMDir "$INSTDIR"
    ${If} $0 == ${TILL_OPEN}
      ${End} ${TILL_OPEN} "A till is open on this machine; nothing was changed." IS_OPEN
    ${ElseIf} $0 == ${DATA_NEWER}
      ${End} ${DATA_NEWER} "The data of this machine was written by a newer version; nothing was changed." TOO_NEW
    ${ElseIf} $0 == ${UNFINISHED}
      ${End} ${UNFINISHED} "A sale or a shift is open; nothing was changed. Finish it, or say /ANYWAY." NOT_FINISHED
    ${EndIf}
    ${End} ${NO_START} "The new version does not start on this machine; nothing was changed." NOT_STARTING
  ${EndIf}
  ${If} $Config != ""
    ${Ask} "$INSTDIR\next\pos-app-cli.exe" 'config check --config "$Config"'
    ${If} $0 != 0
      RMDir /r "$INSTDIR\next"
      RMDir "$INSTDIR"
      ${End} ${CONFIG_WRONG} "$Config is not a configuration of the till; nothing was changed. The log says what is wrong." BAD_CONFIG
    ${EndIf}
  ${EndIf}
  ${Ask} "$INSTDIR\next\pos-app-cli.exe" "upkeep copy --json"
  ${If} $0 != 0
    RMDir /r "$INSTDIR\next"
    ${End} ${NO_COPY} "The data of this machine could not be copied, so nothing was changed. Is the disk full?" NOT_COPIED
  ${EndIf}

  Call Switch
  Call Rights
  ${If} $Config != ""
    ${If} ${FileExists} "$APPDATA\${APP}\config.toml"
      Delete "$APPDATA\${APP}\config.toml.old"
      Rename "$APPDATA\${APP}\config.toml" "$APPDATA\${APP}\config.toml.old"
    ${EndIf}
    CopyFiles /SILENT "$Config" "$APPDATA\${APP}\config.toml"
  ${EndIf}
SectionEnd

Section "$(PART_MENU)" SecMenu
SectionEnd
Section /o "$(PART_AUTOSTART)" SecAutostart
SectionEnd
Section /o "$(PART_KIOSK)" SecKiosk
SectionEnd

Section "-entries"
  ${GetOptions} $R9 "/ROLLBACK" $0
  ${IfNot} ${Errors}
    Return
  ${EndIf}
  StrCpy $3 "watch"
  ${If} ${SectionIsSelected} ${SecKiosk}
    StrCpy $3 "watch --kiosk"
  ${EndIf}
  Delete "$SMPROGRAMS\${TITLE}.lnk"
  ${If} ${SectionIsSelected} ${SecMenu}
    CreateShortCut "$SMPROGRAMS\${TITLE}.lnk" "$INSTDIR\pos-app.exe" "$3" "$INSTDIR\pos-app.exe" 0
  ${EndIf}
  DeleteRegValue HKLM "${RUN}" "${APP}"
  ${If} ${SectionIsSelected} ${SecAutostart}
    WriteRegStr HKLM "${RUN}" "${APP}" '"$INSTDIR\pos-app.exe" $3'
  ${EndIf}
  !insertmacro Keep ${SecMenu} Menu
  !insertmacro Keep ${SecAutostart} Autostart
  !insertmacro Keep ${SecKiosk} Kiosk

  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKLM "${KEY}" DisplayName "${TITLE}"
  WriteRegStr HKLM "${KEY}" DisplayVersion "${VERSION}"
  WriteRegStr HKLM "${KEY}" Publisher "${PUBLISHER}"
  WriteRegStr HKLM "${KEY}" DisplayIcon "$INSTDIR\pos-app.exe"
  WriteRegStr HKLM "${KEY}" InstallLocation "$INSTDIR"
  WriteRegStr HKLM "${KEY}" UninstallString '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKLM "${KEY}" QuietUninstallString '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKLM "${KEY}" NoModify 1
  WriteRegDWORD HKLM "${KEY}" NoRepair 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegDWORD HKLM "${KEY}" EstimatedSize "$0"
  ClearErrors
  ${GetOptions} $R9 "/MSI" $0
  ${IfNot} ${Errors}
    WriteRegDWORD HKLM "${KEY}" SystemComponent 1 ; the MSI's own entry is the one that is listed
  ${EndIf}
  ${Say} "Version ${VERSION} is installed."
SectionEnd

; An option is what the command line says, else what it was at the last time, else its default.
!macro Option section name option
  ClearErrors
  ReadRegDWORD $0 HKLM "${OWN}" "${name}"
  ${IfNot} ${Errors}
    ${If} $0 == 1
      !insertmacro SelectSection ${section}
    ${Else}
      !insertmacro UnselectSection ${section}
    ${EndIf}
  ${EndIf}
  ClearErrors
  ${GetOptions} $R9 "${option}=" $0
  ${IfNot} ${Errors}
    ${If} $0 == "yes"
      !insertmacro SelectSection ${section}
    ${Else}
      !insertmacro UnselectSection ${section}
    ${EndIf}
  ${EndIf}
  ClearErrors
!macroend

; /UNINSTALL: run the uninstaller where it is and wait for it, which the one that Windows runs cannot: that one moves
; itself away first, so its exit code is always 0. What it ended with is left in $0.
Function Uninstalled
  ${IfNot} ${FileExists} "$INSTDIR\uninstall.exe"
    ${Say} "There is nothing to uninstall in $INSTDIR."
    StrCpy $0 0
    Return
  ${EndIf}
  StrCpy $1 ""
  ClearErrors
  ${GetOptions} $R9 "/PURGE" $0
  ${IfNot} ${Errors}
    StrCpy $1 " /PURGE"
  ${EndIf}
  ClearErrors
  ExecWait '"$INSTDIR\uninstall.exe" /S$1 /WAIT=$Wait /LOG="$Log" _?=$INSTDIR' $0
  ${If} ${Errors}
    StrCpy $0 ${STOPPED}
    Return
  ${EndIf}
  ${If} $0 == 0
  ${OrIf} $0 == ${WAITS}
    Delete "$INSTDIR\uninstall.exe"
    RMDir "$INSTDIR"
  ${EndIf}
  ClearErrors
  ${GetOptions} $R9 "/MSI" $2
  ${IfNot} ${Errors}
  ${AndIf} $0 == ${WAITS}
    StrCpy $0 0 ; to Windows Installer every other number is a failure: uninstalled, and what waits was kept
  ${EndIf}
FunctionEnd

; /LANGUAGE=th: of the window; without it, Windows' own where the till speaks it.
Function Speak
  ClearErrors
  ${GetOptions} $R9 "/LANGUAGE=" $0
  ${If} $0 == "en"
    StrCpy $LANGUAGE ${LANG_ENGLISH}
  ${ElseIf} $0 == "th"
    StrCpy $LANGUAGE ${LANG_THAI}
  ${ElseIf} $0 == "id"
    StrCpy $LANGUAGE ${LANG_INDONESIAN}
  ${ElseIf} $0 == "vi"
    StrCpy $LANGUAGE ${LANG_VIETNAMESE}
  ${ElseIf} $0 == "zh_CN"
    StrCpy $LANGUAGE ${LANG_SIMPCHINESE}
  ${EndIf}
  ClearErrors
FunctionEnd

Function .onInit
  SetRegView 64
  SetShellVarContext all
  Call Options
  Call Speak
  System::Call 'kernel32::CreateMutexW(p 0, i 0, w "Global\${APP}-setup") p .r1 ?e'
  Pop $0
  ${If} $0 == 183
    SetErrorLevel ${ANOTHER_SETUP}
    Quit
  ${EndIf}
  ${IfNot} ${RunningX64}
  ${OrIfNot} ${AtLeastWin10}
    ${Say} "The till needs Windows 10 or 11, 64 bit. [${OLD_WINDOWS}]"
    IfSilent +2
    MessageBox MB_OK|MB_ICONSTOP "$(NEEDS_WINDOWS)"
    SetErrorLevel ${OLD_WINDOWS}
    Quit
  ${EndIf}
  ClearErrors
  ReadRegStr $0 HKLM "${KEY}" InstallLocation
  ${IfNot} ${Errors}
    StrCpy $INSTDIR $0
  ${EndIf}
  ${GetOptions} $R9 "/UNINSTALL" $0
  ${IfNot} ${Errors}
    Call Uninstalled
    SetErrorLevel $0
    Quit
  ${EndIf}
  ClearErrors
  ${GetOptions} $R9 "/CONFIG=" $Config
  ${If} ${Errors}
    StrCpy $Config ""
  ${EndIf}
  ${If} $Config == " " ; an MSI that was told none says a blank
    StrCpy $Config ""
  ${EndIf}
  ${If} $Config != ""
    ${IfNot} ${FileExists} "$Config"
      ${Say} "There is no file $Config; nothing was changed. [${CONFIG_WRONG}]"
      SetErrorLevel ${CONFIG_WRONG}
      Quit
    ${EndIf}
    GetFullPathName $Config "$Config"
  ${EndIf}
  !insertmacro Option ${SecMenu} Menu "/STARTMENU"
  !insertmacro Option ${SecAutostart} Autostart "/AUTOSTART"
  !insertmacro Option ${SecKiosk} Kiosk "/KIOSK"
FunctionEnd

; --- uninstalling ----------------------------------------------------------------------------------

Function un.onInit
  SetRegView 64
  SetShellVarContext all
  Call un.Options
  StrCpy $Purge 0
  ${GetOptions} $R9 "/PURGE" $0
  ${IfNot} ${Errors}
    StrCpy $Purge 1
  ${EndIf}
  ClearErrors
FunctionEnd

Section "Uninstall"
  StrCpy $3 1 ; whether the data must be kept: nobody can tell without the program
  ${If} ${FileExists} "$INSTDIR\pos-app-cli.exe"
    !insertmacro AskWhileOpen_ "un." "$INSTDIR\pos-app-cli.exe" "upkeep check --settled --json"
    ${If} $0 == ${TILL_OPEN}
      ${un.End} ${TILL_OPEN} "A till is open on this machine; nothing was changed." IS_OPEN
    ${ElseIf} $0 == 0
      StrCpy $3 0
    ${EndIf}
  ${EndIf}
  Delete "$SMPROGRAMS\${TITLE}.lnk"
  DeleteRegValue HKLM "${RUN}" "${APP}"
  Delete "$INSTDIR\pos-app.exe"
  Delete "$INSTDIR\pos-app-cli.exe"
  Delete "$INSTDIR\pos-app.cdx.json"
  RMDir /r "$INSTDIR\_internal"
  RMDir /r "$INSTDIR\licences"
  RMDir /r "$INSTDIR\previous"
  RMDir /r "$INSTDIR\next"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  DeleteRegKey HKLM "${KEY}"
  DeleteRegKey HKLM "${OWN}"
  ${If} $3 == 0
    ${If} $Purge == 1
      RMDir /r "$APPDATA\${APP}"
    ${EndIf}
  ${Else}
    ${un.Say} "Entries that Perx has not been told of are kept in $APPDATA\${APP}\data. Install the till again to send them. [${WAITS}]"
    SetErrorLevel ${WAITS}
    IfSilent +2
    MessageBox MB_OK|MB_ICONINFORMATION "$(STILL_KEPT)"
  ${EndIf}
  RMDir "$APPDATA\${APP}\data" ; only when they are empty
  RMDir "$APPDATA\${APP}"
  ${If} ${FileExists} "$APPDATA\${APP}\*.*"
    ${un.Say} "The data and the configuration are kept in $APPDATA\${APP}; uninstall with /PURGE removes them."
  ${EndIf}
  ${un.Say} "The till is uninstalled."
SectionEnd
