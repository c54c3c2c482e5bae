"""Wine as the Windows on which the installer is built and proved where there is no Windows."""
