"""A screen reader in the small, for the system's own Python: a display, a till on it, and its accessibility tree.

Run by `dbus-run-session`, so that nothing of the desktop is touched. The arguments are the command that starts the
till. Reads one JSON line for each wish, `{"press": [role, start of the name]}` or `{}`, and answers with one JSON line:
whether it was done, what is shown now as [role, name], and everything that was announced so far.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading

from gi.repository import Gio, GLib

ROOT = "/org/a11y/atspi/accessible/root"
REGISTRY = "org.a11y.atspi.Registry"
ACCESSIBLE, ACTION = "org.a11y.atspi.Accessible", "org.a11y.atspi.Action"
SHOWING = 25  # a bit of AtspiStateType
PATIENCE_MS = 20_000


def call(bus, place, interface, method, arguments=None):
    """One call on the bus; `place` is (name of the program, path of the object)."""
    name, path = place
    flags = Gio.DBusCallFlags.NONE
    return bus.call_sync(name, path, interface, method, arguments, None, flags, PATIENCE_MS, None).unpack()


def switch_on():
    """Ask for accessibility as a screen reader does, and return the bus on which programs offer their trees."""
    session = Gio.bus_get_sync(Gio.BusType.SESSION)
    place = ("org.a11y.Bus", "/org/a11y/bus")
    on = GLib.Variant("(ssv)", ("org.a11y.Status", "IsEnabled", GLib.Variant("b", True)))
    call(session, place, "org.freedesktop.DBus.Properties", "Set", on)
    (address,) = call(session, place, "org.a11y.Bus", "GetAddress")
    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    return Gio.DBusConnection.new_for_address_sync(address, flags, None, None)


class Reader:
    """Reads the tree of every program on the bus and hears what they announce."""

    def __init__(self, bus) -> None:
        self.bus = bus
        self.heard = []
        bus.signal_subscribe(
            None, "org.a11y.atspi.Event.Object", "Announcement", None, None, Gio.DBusSignalFlags.NONE, self._on_said
        )
        wish = GLib.Variant("(sass)", ("object:announcement", [], ""))
        call(bus, (REGISTRY, "/org/a11y/atspi/registry"), REGISTRY, "RegisterEvent", wish)

    def _on_said(self, bus, sender, path, interface, signal, said):
        self.heard.append(said.unpack()[3])

    def shown(self):
        """All that is on the screen: (role, name, place), in the order of the tree."""
        found = []
        for place in call(self.bus, (REGISTRY, ROOT), ACCESSIBLE, "GetChildren")[0]:
            self._walk(place, found)
        return found

    def _walk(self, place, found):
        try:
            low, _ = call(self.bus, place, ACCESSIBLE, "GetState")[0]
            is_root = place[1] == ROOT
            if not is_root and not low >> SHOWING & 1:
                return
            wish = GLib.Variant("(ss)", (ACCESSIBLE, "Name"))
            (name,) = call(self.bus, place, "org.freedesktop.DBus.Properties", "Get", wish)
            found.append((call(self.bus, place, ACCESSIBLE, "GetRoleName")[0], name, place))
            children = call(self.bus, place, ACCESSIBLE, "GetChildren")[0]
        except GLib.Error:  # it went away while it was looked at
            return
        for child in children:
            self._walk(child, found)

    def press(self, role, name):
        """Do the first action of what is shown under that role and name."""
        for its_role, its_name, place in self.shown():
            if its_role == role and its_name.startswith(name):
                return bool(call(self.bus, place, ACTION, "DoAction", GLib.Variant("(i)", (0,)))[0])
        return False


def answer(reader, wish):
    done = reader.press(*wish["press"]) if "press" in wish else True
    shown = [(role, name) for role, name, _ in reader.shown() if name]
    sys.stdout.write(json.dumps({"done": done, "shown": shown, "heard": reader.heard}) + "\n")
    sys.stdout.flush()


def main():
    xvfb = ["Xvfb", "-displayfd", "1", "-screen", "0", "1920x1080x24", "-nolisten", "tcp"]
    with subprocess.Popen(xvfb, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as display:
        number = display.stdout.readline().strip()
        reader = Reader(switch_on())
        env = {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
        till = subprocess.Popen(sys.argv[1:], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        loop = GLib.MainLoop()
        threading.Thread(target=loop.run, daemon=True).start()
        try:
            for line in sys.stdin:
                answer(reader, json.loads(line))
        finally:
            till.terminate()
            till.wait(20)
            loop.quit()
            display.terminate()


if __name__ == "__main__":
    main()
