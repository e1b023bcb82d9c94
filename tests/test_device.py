"""The device and its state in a record: what is known, why the rest is not, and nothing that tells whose it is."""

from __future__ import annotations

import getpass
import json
import os
import platform
import socket
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from benchmark import cpu_features as features
from benchmark import device, state
from benchmark.cpu_features import cpu_features, of_flags, of_sysctl
from benchmark.device import device_document
from benchmark.state import battery_c, frequency_share, power, state_document, thermal, throttled

Write = Callable[..., Path]
XEON = """processor	: 0
model name	: Made-up CPU
Serial		: 00000000deadbeef
flags		: fpu sse4_1 avx2 fma vmx avx512_vnni
"""


@pytest.fixture
def system(tmp_path: Path) -> Write:
    """Write files of a made-up /proc and /sys; return the folder that they lie below."""

    def write(**files: str) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write


@pytest.fixture
def linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")


# ---- the device ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("linux")
def test_a_device_says_what_it_is_and_not_whose(system: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    dmi = {
        "sys_vendor": "Maker Inc.\n", "product_name": "Laptop 14\n", "product_serial": "SN-4711",
        "product_uuid": "f00d-1", "board_serial": "BOARD-1", "chassis_asset_tag": "ASSET-9", "product_family": "ann's",
    }  # fmt: skip
    here = system(**{f"sys/class/dmi/id/{name}": text for name, text in dmi.items()}, **{"proc/cpuinfo": XEON})
    monkeypatch.setattr(platform, "node", lambda: "ann-laptop")
    monkeypatch.setattr(platform, "release", lambda: "6.1.0-18-ann-laptop")
    found, unknown = device_document(here)
    assert (found["maker"], found["model"], found["cpu"]) == ("Maker Inc.", "Laptop 14", "Made-up CPU")
    assert found["cpu_features"] == ["avx2", "avx512_vnni", "fma", "sse4_1"]
    assert found["os"].startswith("Linux 6.1.0") and set(unknown) == {"/device/soc"}
    text = json.dumps([found, unknown])
    for secret in ("SN-4711", "f00d-1", "BOARD-1", "ASSET-9", "deadbeef", "ann"):
        assert secret not in text, secret


def test_this_device_names_no_host_and_no_user() -> None:
    words = set(json.dumps(device_document()[0]).replace('"', " ").replace(",", " ").split())
    assert socket.gethostname() not in words and getpass.getuser() not in words
    addresses = [a.address for each in psutil.net_if_addrs().values() for a in each]
    assert not words & set(addresses)


@pytest.mark.usefixtures("linux")
def test_every_null_of_a_device_has_its_reason_and_nothing_else_has(system: Write) -> None:
    for here in (system(), system(**{"proc/cpuinfo": XEON}), Path("/")):
        found, unknown = device_document(here)
        assert {f"/device/{name}" for name, value in found.items() if value is None} == set(unknown)
        assert all(unknown.values())


@pytest.mark.usefixtures("linux")
def test_what_a_maker_left_unfilled_is_no_name(system: Write) -> None:
    here = system(
        **{
            "sys/class/dmi/id/sys_vendor": "To Be Filled By O.E.M.\n",
            "sys/class/dmi/id/product_name": "Default string\n",
            "proc/device-tree/model": "Board 5 Rev 1.0\0",
            "sys/devices/soc0/family": "Chips\n",
            "sys/devices/soc0/soc_id": "C-1\n",
            "sys/devices/soc0/serial_number": "5E71A1\n",
        }
    )
    found, _ = device_document(here)
    assert (found["maker"], found["model"], found["soc"]) == (None, "Board 5 Rev 1.0", "Chips C-1")
    assert "5E71A1" not in json.dumps(found)


@pytest.mark.usefixtures("linux")
def test_matrix_tiles_are_said_by_who_measures_where_there_are_some(system: Write) -> None:
    assert device_document(system(**{"proc/cpuinfo": XEON}))[0]["matrix_tiles"] == "none"
    found, unknown = device_document(system(**{"proc/cpuinfo": XEON.replace("avx2", "avx2 amx_tile amx_int8")}))
    assert found["matrix_tiles"] is None and "/device/matrix_tiles" in unknown
    assert {"amx_tile", "amx_int8"} <= set(found["cpu_features"])


def test_a_mac_says_its_model_and_its_chip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = {
        ("-n", "hw.model"): "MacBookPro18,3",
        ("-n", "machdep.cpu.brand_string"): "Apple M1 Pro",
        ("hw.optional",): "hw.optional.arm.FEAT_DotProd: 1\nhw.optional.arm.FEAT_SME: 0\nhw.optional.neon: 1",
    }
    for module in (device, features):
        monkeypatch.setattr(module, "sysctl", lambda *asked: said[asked])
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    monkeypatch.setattr(platform, "mac_ver", lambda: ("15.1", ("", "", ""), "arm64"))
    found, unknown = device_document(tmp_path)
    assert (found["maker"], found["model"], found["soc"]) == ("Apple", "MacBookPro18,3", "Apple M1 Pro")
    assert found["cpu_features"] == ["dotprod", "neon"] and found["os"] == "macOS 15.1" and unknown == {}


def test_features_of_other_processors_have_one_name_each() -> None:
    flags = ["fp", "asimd", "aes", "asimdhp", "asimddp", "i8mm", "sve2"]
    assert of_flags(flags) == {"neon", "fp16", "dotprod", "i8mm", "sve2"}
    assert of_sysctl("hw.optional.avx2_0: 1\nhw.optional.avx512f: 0\nhw.optional.x86_64: 1") == {"avx2"}


def test_features_that_the_system_does_not_list_are_not_guessed(tmp_path: Path) -> None:
    assert cpu_features(tmp_path) is None


# ---- its state -------------------------------------------------------------------------------------------------------


def test_every_null_of_a_state_has_its_reason_and_nothing_else_has(tmp_path: Path) -> None:
    for here in (tmp_path, Path("/")):
        for which in ("start", "end"):
            found, unknown = state_document(which, here)
            assert {f"/state/{which}/{name}" for name, value in found.items() if value is None} == set(unknown)
            assert found["at"].endswith("Z") and found["busy_cores"] >= 0 and all(unknown.values())


def test_a_state_reads_governor_and_frequency(system: Write) -> None:
    cpufreq = "sys/devices/system/cpu/cpu0/cpufreq"
    here = system(
        **{
            f"{cpufreq}/scaling_governor": "powersave\n",
            f"{cpufreq}/scaling_cur_freq": "1800000\n",
            f"{cpufreq}/cpuinfo_max_freq": "3600000\n",
        }
    )
    found, unknown = state_document("start", here)
    assert (found["governor"], found["frequency_share"]) == ("powersave", 0.5)
    assert not {"/state/start/governor", "/state/start/frequency_share"} & set(unknown)


def test_the_quickest_core_tells_the_frequency_as_the_others_sleep(system: Write) -> None:
    for cpu, now in (("cpu0", "800000"), ("cpu1", "3000000")):
        folder = f"sys/devices/system/cpu/{cpu}/cpufreq"
        here = system(**{f"{folder}/scaling_cur_freq": now, f"{folder}/cpuinfo_max_freq": "3000000"})
    assert frequency_share(here) == 1.0
    assert frequency_share(system(**{"sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq": "no number"})) == 0.267


@pytest.mark.parametrize(
    ("now", "word"), [("60000", ""), ("80000", "passive"), ("96000", "hot"), ("200000", "critical"), ("nothing", None)]
)
def test_heat_is_the_gravest_point_that_was_reached(now: str, word: str | None, system: Write) -> None:
    zone = "sys/class/thermal/thermal_zone0"
    trips = {"passive": "80000", "hot": "95000", "critical": "105000", "active": "40000"}
    files = {f"{zone}/temp": now}
    for number, (kind, at) in enumerate(trips.items()):
        files |= {f"{zone}/trip_point_{number}_type": kind, f"{zone}/trip_point_{number}_temp": at}
    assert thermal(system(**files)) == word


def test_a_zone_without_points_and_no_zone_say_nothing_of_heat(system: Write) -> None:
    assert thermal(system()) is None
    assert thermal(system(**{"sys/class/thermal/thermal_zone0/temp": "99000"})) is None
    assert state_document("end", system())[0]["thermal"] is None


def test_cores_slowed_by_heat_are_counted(system: Write) -> None:
    assert throttled(system()) is None
    counts = {"cpu0/thermal_throttle/core_throttle_count": "3", "cpu1/thermal_throttle/package_throttle_count": "4"}
    assert throttled(system(**{f"sys/devices/system/cpu/{name}": text for name, text in counts.items()})) == 7


def test_a_mouses_battery_is_not_the_computers(system: Write) -> None:
    mouse, own = "sys/class/power_supply/A", "sys/class/power_supply/B"
    here = system(**{f"{mouse}/type": "Battery", f"{mouse}/scope": "Device", f"{mouse}/temp": "200"})
    assert battery_c(here) is None
    assert battery_c(system(**{f"{own}/type": "Battery\n", f"{own}/temp": "312\n"})) == 31.2


@pytest.mark.parametrize(("plugged", "said"), [(True, "mains"), (False, "battery"), (None, None)])
def test_power_is_what_the_battery_says(
    plugged: bool | None, said: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: SimpleNamespace(power_plugged=plugged), raising=False)
    assert power() == said
    monkeypatch.delattr(psutil, "sensors_battery")  # systems for which psutil has none
    assert power() is None


def test_a_load_that_the_system_does_not_give_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> tuple[float, float, float]:
        raise OSError

    monkeypatch.setattr(os, "getloadavg", fails)
    found, unknown = state_document("start")
    assert found["load_1min"] is None and unknown["/state/start/load_1min"]
    assert state.load_1min() is None
