; What the setup says in its window, in the languages of the till. The log stays English.

!macro Words name english thai indonesian vietnamese chinese
  LangString ${name} ${LANG_ENGLISH} "${english}"
  LangString ${name} ${LANG_THAI} "${thai}"
  LangString ${name} ${LANG_INDONESIAN} "${indonesian}"
  LangString ${name} ${LANG_VIETNAMESE} "${vietnamese}"
  LangString ${name} ${LANG_SIMPCHINESE} "${chinese}"
!macroend

!insertmacro Words PART_TILL "Till" "เครื่องขาย" "Mesin kasir" "Máy bán hàng" "收银机"
!insertmacro Words PART_MENU "Start menu" "เมนูเริ่ม" "Menu Mulai" "Menu Bắt đầu" "开始菜单"
!insertmacro Words PART_AUTOSTART "Start at log-on" "เปิดเมื่อเข้าสู่ระบบ" "Buka saat masuk" "Mở khi đăng nhập" "登录时启动"
!insertmacro Words PART_KIOSK \
  "Kiosk: only a supervisor closes the till" \
  "คีออสก์: ปิดเครื่องได้เฉพาะหัวหน้า" \
  "Kios: hanya supervisor yang menutup mesin" \
  "Kiosk: chỉ quản lý mới đóng được máy" \
  "展台模式：只有主管能关闭收银机"
!insertmacro Words ASK_CLOSE \
  "A till is open on this machine. Finish its sale and close it, then try again." \
  "เครื่องขายเปิดอยู่ จบบิลและปิดเครื่องก่อน แล้วลองอีกครั้ง" \
  "Mesin kasir sedang terbuka di komputer ini. Selesaikan transaksinya dan tutup, lalu coba lagi." \
  "Máy bán hàng đang mở trên máy tính này. Hãy hoàn tất đơn và đóng máy, rồi thử lại." \
  "本电脑上的收银机正在运行。请完成本单并关闭收银机，然后重试。"
!insertmacro Words IS_OPEN \
  "A till is open on this machine; nothing was changed." \
  "เครื่องขายเปิดอยู่ ไม่มีอะไรเปลี่ยนแปลง" \
  "Mesin kasir sedang terbuka di komputer ini; tidak ada yang diubah." \
  "Máy bán hàng đang mở trên máy tính này; không có gì thay đổi." \
  "本电脑上的收银机正在运行；未作任何更改。"
!insertmacro Words NOT_FINISHED \
  "A sale or a shift is open; nothing was changed. Open the till, finish the sale, close the shift and the till, then try again." \
  "บิลหรือกะยังเปิดอยู่ ไม่มีอะไรเปลี่ยนแปลง เปิดเครื่อง จบบิล ปิดกะและปิดเครื่อง แล้วลองอีกครั้ง" \
  "Ada transaksi atau sif yang masih terbuka; tidak ada yang diubah. Buka mesin, selesaikan transaksi, tutup sif dan mesin, lalu coba lagi." \
  "Còn đơn hoặc ca đang mở; không có gì thay đổi. Hãy mở máy, hoàn tất đơn, đóng ca và đóng máy, rồi thử lại." \
  "还有未完成的交易或未结束的班次；未作任何更改。请打开收银机，完成交易，结束班次并关闭收银机，然后重试。"
!insertmacro Words IN_USE \
  "The installed program is in use, so it was left as it is. Close it and try again." \
  "โปรแกรมที่ติดตั้งไว้กำลังถูกใช้ จึงคงไว้ตามเดิม ปิดแล้วลองอีกครั้ง" \
  "Program yang terpasang sedang dipakai, jadi dibiarkan apa adanya. Tutup lalu coba lagi." \
  "Chương trình đã cài đang được dùng nên được giữ nguyên. Hãy đóng lại rồi thử lại." \
  "已安装的程序正在使用，因此保持原样。请关闭后重试。"
!insertmacro Words NOT_PLACED \
  "The new version could not be put in place; the old one stands." \
  "ติดตั้งรุ่นใหม่ไม่ได้ รุ่นเดิมยังอยู่" \
  "Versi baru tidak dapat dipasang; versi lama tetap ada." \
  "Không thể đưa bản mới vào; bản cũ vẫn còn." \
  "无法安装新版本；旧版本保持不变。"
!insertmacro Words NOT_WRITTEN \
  "The files could not be written. Is the disk full? What was installed is as it was." \
  "เขียนไฟล์ไม่ได้ ดิสก์เต็มหรือไม่ สิ่งที่ติดตั้งไว้ยังเหมือนเดิม" \
  "Berkas tidak dapat ditulis. Apakah disk penuh? Yang terpasang tetap seperti semula." \
  "Không ghi được tệp. Đĩa có đầy không? Những gì đã cài vẫn như cũ." \
  "无法写入文件。磁盘已满吗？已安装的内容保持原样。"
!insertmacro Words NO_EARLIER \
  "There is no earlier version to go back to." \
  "ไม่มีรุ่นก่อนหน้าให้ย้อนกลับ" \
  "Tidak ada versi sebelumnya untuk kembali." \
  "Không có bản trước để quay lại." \
  "没有可以退回的旧版本。"
!insertmacro Words TOO_NEW \
  "The data of this machine was written by a newer version; nothing was changed." \
  "ข้อมูลในเครื่องนี้เขียนโดยรุ่นที่ใหม่กว่า ไม่มีอะไรเปลี่ยนแปลง" \
  "Data di komputer ini ditulis oleh versi yang lebih baru; tidak ada yang diubah." \
  "Dữ liệu trên máy này do bản mới hơn ghi; không có gì thay đổi." \
  "本电脑的数据由更新的版本写入；未作任何更改。"
!insertmacro Words NOT_STARTING \
  "This version does not start on this machine; nothing was changed." \
  "รุ่นนี้เปิดไม่ได้บนเครื่องนี้ ไม่มีอะไรเปลี่ยนแปลง" \
  "Versi ini tidak dapat berjalan di komputer ini; tidak ada yang diubah." \
  "Bản này không chạy được trên máy này; không có gì thay đổi." \
  "此版本无法在本电脑上启动；未作任何更改。"
!insertmacro Words NOT_COPIED \
  "The data of this machine could not be copied first, so nothing was changed. Is the disk full?" \
  "สำรองข้อมูลก่อนไม่ได้ จึงไม่มีอะไรเปลี่ยนแปลง ดิสก์เต็มหรือไม่" \
  "Data di komputer ini tidak dapat disalin dulu, jadi tidak ada yang diubah. Apakah disk penuh?" \
  "Không sao lưu được dữ liệu trước nên không có gì thay đổi. Đĩa có đầy không?" \
  "无法先备份本电脑的数据，因此未作任何更改。磁盘已满吗？"
!insertmacro Words BAD_CONFIG \
  "The configuration is wrong; nothing was changed. The log says where." \
  "การตั้งค่าไม่ถูกต้อง ไม่มีอะไรเปลี่ยนแปลง ดูรายละเอียดในบันทึก" \
  "Konfigurasi salah; tidak ada yang diubah. Log menyebutkan letaknya." \
  "Cấu hình sai; không có gì thay đổi. Nhật ký cho biết sai ở đâu." \
  "配置有误；未作任何更改。日志中说明了错误位置。"
!insertmacro Words NEEDS_WINDOWS \
  "The till needs Windows 10 or 11, 64 bit." \
  "เครื่องขายต้องใช้ Windows 10 หรือ 11 แบบ 64 บิต" \
  "Mesin kasir membutuhkan Windows 10 atau 11, 64 bit." \
  "Máy bán hàng cần Windows 10 hoặc 11, 64 bit." \
  "收银机需要 64 位的 Windows 10 或 11。"
!insertmacro Words STILL_KEPT \
  "Entries that Perx has not been told of are kept in $APPDATA\${APP}\data. Install the till again to send them." \
  "รายการที่ยังไม่ได้ส่งให้ Perx ถูกเก็บไว้ใน $APPDATA\${APP}\data ติดตั้งเครื่องขายอีกครั้งเพื่อส่ง" \
  "Catatan yang belum dikirim ke Perx disimpan di $APPDATA\${APP}\data. Pasang lagi mesin kasir untuk mengirimnya." \
  "Những mục chưa gửi cho Perx được giữ ở $APPDATA\${APP}\data. Hãy cài lại máy bán hàng để gửi." \
  "尚未告知 Perx 的记录保存在 $APPDATA\${APP}\data。重新安装收银机即可发送。"
