/* For tests under Wine 8 only, never shipped: Wine's mscms.dll ends the process when Qt asks it for a colour profile.
   This one answers that there is none. */
#include <windows.h>

#undef OUT

#define OUT __declspec(dllexport)

static BOOL none(void) { SetLastError(ERROR_CALL_NOT_IMPLEMENTED); return FALSE; }

OUT void *WINAPI OpenColorProfileW(void *profile, DWORD access, DWORD share, DWORD mode)
{
    (void)profile; (void)access; (void)share; (void)mode; none(); return 0;
}
OUT void *WINAPI WcsCreateIccProfile(void *profile, DWORD options) { (void)profile; (void)options; none(); return 0; }
OUT BOOL WINAPI CloseColorProfile(void *profile) { (void)profile; return TRUE; }
OUT BOOL WINAPI GetColorProfileFromHandle(void *profile, BYTE *bytes, DWORD *count)
{
    (void)profile; (void)bytes;
    if (count) *count = 0;
    return none();
}
