"""The least that a window of PySide6 can be: what the till's own start is measured against."""

import sys

from PySide6.QtWidgets import QApplication, QWidget

application = QApplication(sys.argv)
window = QWidget()
window.setWindowTitle("Till")
window.setStyleSheet("background: #ffffff")
window.showFullScreen()
sys.exit(application.exec())
