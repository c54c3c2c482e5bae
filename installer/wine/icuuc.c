/* For tests under Wine 8 only, never shipped: Windows 10 has icuuc.dll, Wine 8 does not, and Qt6Core.dll imports these
   names. Qt asks them only for old text encodings, and is told here that there are none. */
#include <stdint.h>

#define OUT __declspec(dllexport)
#define FILE_ACCESS_ERROR 4
#define FAIL(error) do { if (error) *(error) = FILE_ACCESS_ERROR; } while (0)

OUT void *ucnv_open(const char *name, int *error) { (void)name; FAIL(error); return 0; }
OUT void ucnv_close(void *one) { (void)one; }
OUT void ucnv_reset(void *one) { (void)one; }
OUT void UCNV_FROM_U_CALLBACK_SUBSTITUTE(void) { }
OUT void UCNV_TO_U_CALLBACK_SUBSTITUTE(void) { }
OUT int8_t ucnv_getMaxCharSize(void *one) { (void)one; return 1; }
OUT const char *ucnv_getName(void *one, int *error) { (void)one; FAIL(error); return 0; }
OUT void ucnv_getToUCallBack(void *one, void **action, const void **context)
{
    (void)one; *action = 0; *context = 0;
}
#define SET_CALLBACK(name) \
    OUT void name(void *one, void *action, const void *context, void **old, const void **old_context, int *error) \
    { \
        (void)one; (void)action; (void)context; \
        if (old) *old = 0; \
        if (old_context) *old_context = 0; \
        FAIL(error); \
    }
SET_CALLBACK(ucnv_setFromUCallBack)
SET_CALLBACK(ucnv_setToUCallBack)
OUT void ucnv_cbToUWriteUChars(void *args, const void *text, int32_t length, int32_t offset, int *error)
{
    (void)args; (void)text; (void)length; (void)offset; FAIL(error);
}
OUT void ucnv_cbFromUWriteUChars(void *args, const void **text, const void *end, int32_t offset, int *error)
{
    (void)args; (void)text; (void)end; (void)offset; FAIL(error);
}
#define CONVERT(name) \
    OUT void name(void *one, void **to, const void *to_end, const char **from, const char *from_end, int32_t *offsets, \
                  int8_t flush, int *error) \
    { \
        (void)one; (void)to; (void)to_end; (void)from; (void)from_end; (void)offsets; (void)flush; FAIL(error); \
    }
CONVERT(ucnv_toUnicode)
CONVERT(ucnv_fromUnicode)
OUT int32_t ucnv_toUCountPending(void *one, int *error) { (void)one; FAIL(error); return 0; }
OUT int32_t ucnv_fromUCountPending(void *one, int *error) { (void)one; FAIL(error); return 0; }
OUT const char *ucnv_getStandardName(const char *name, const char *standard, int *error)
{
    (void)name; (void)standard; FAIL(error); return 0;
}
OUT const char *ucnv_getAvailableName(int32_t number) { (void)number; return 0; }
OUT int32_t ucnv_countAvailable(void) { return 0; }
