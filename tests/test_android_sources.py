"""What the Android app's sources may not do: faults that other apps had on phones, and that reading alone can show."""

from __future__ import annotations

import re

import pytest
from _source_rules import Rule, assert_knows_its_examples, assert_no_source_breaks, code

from scripts.android.maven import HARNESS

SOURCES = sorted(path for module in ("app", "core") for path in (HARNESS / module / "src" / "main").rglob("*.kt"))
RESOURCES = HARNESS / "app" / "src" / "main" / "res"


RULES = {
    "memory by the activity manager": Rule(
        pattern=r"\bgetProcessMemoryInfo\b",
        why="throttled since Android 10: an old figure",
        broken=("manager.getProcessMemoryInfo(pids)",),
        kept=("Debug.getMemoryInfo(info)",),
    ),
    "files read whole": Rule(
        pattern=r"\.readBytes\(\)",
        why="an artifact on the Java heap is in memory twice; read with a bound, or give the path",
        broken=("val model = file.readBytes()",),
        kept=("readBytes(limit)", "stream.readAtMost(64)"),
        but_in=("Schema.kt", "MapsTaken.kt", "Strict.kt", "ProgressReader.kt", "LoadedJob.kt"),
    ),
    "direct buffers in Java's byte order": Rule(
        pattern=r"allocateDirect\((?:[^()]|\([^()]*\))*\)(?!\s*\.order\()",
        why="big-endian unless it is told: the runtime reads other numbers",
        broken=("ByteBuffer.allocateDirect(4 * size).asFloatBuffer()", "ByteBuffer.allocateDirect(size(a))"),
        kept=("ByteBuffer.allocateDirect(size(a)).order(ByteOrder.nativeOrder())", "allocateDirect(8)\n  .order(own)"),
    ),
    "records by reflection": Rule(
        pattern=r"\bGson\b|\bMoshi\b|com\.fasterxml|kotlinx\.serialization|kotlin\.reflect|Class\.forName|declaredFields",
        why="R8 renames what reflection reads, and no test on a computer shows it",
        broken=("Gson().toJson(record)", 'Class.forName("a.B")', "import kotlin.reflect.full.memberProperties"),
    ),
    "numbers in the phone's language": Rule(
        pattern=r"String\.format\((?!\s*Locale\.ROOT)|(?<!\w)\"[^\"\n]*%[^\"\n]*\"\.format\((?!\s*Locale\.ROOT)|DecimalFormat\("
        r"|NumberFormat\.get|SimpleDateFormat\(",
        why="1,5 in German, other digits in Persian",
        broken=('String.format("%.1f", x)', '"%d ms".format(x)', 'SimpleDateFormat("yyyy")', 'DecimalFormat("0.0")'),
        kept=('String.format(Locale.ROOT, "%.1f", x)', '"%d ms".format(Locale.ROOT, x)'),
    ),
    "services": Rule(
        pattern=r"startForeground|startService\(|bindService\(|:\s*(Intent|Job)?Service\(\)|JobScheduler|WorkManager",
        why="a service is not scheduled as what is seen is, and may not be started from behind",
        broken=("startForegroundService(intent)", "class Runner : Service() {", "context.bindService(intent, c, 0)"),
        kept=("getSystemService(PowerManager::class.java)", "context.startActivity(intent)"),
    ),
    "pictures as the screen shows them": Rule(
        pattern=r"copyPixelsToBuffer|copyPixelsFromBuffer|decodeResource\(|RGB_565|Config\.HARDWARE",
        why="premultiplied, scaled by density, or not to be read at all",
        broken=("bitmap.copyPixelsToBuffer(buffer)", "BitmapFactory.decodeResource(r, R.drawable.photo)"),
        kept=("bitmap.getPixels(pixels, 0, w, 0, 0, w, h)",),
    ),
    "who owns the phone": Rule(
        pattern=r"ANDROID_ID|Build\.SERIAL|getSerial\(|getImei|getDeviceId\(|AccountManager|Build\.(HOST|USER)",
        why="a record says which model it was, never whose",
        broken=("Settings.Secure.ANDROID_ID", "Build.getSerial()", "telephony.getDeviceId()"),
        kept=("Build.MODEL", "InputDevice.getDeviceIds()"),
    ),
    "the network": Rule(
        pattern=r"java\.net\.(?!URI\b)|android\.net\.(?!Uri\b)|HttpURLConnection|okhttp|WebView",
        why="the app has no permission for it and needs none",
        broken=("import java.net.URL", "import android.net.ConnectivityManager", "WebView(context)"),
        kept=("import android.net.Uri",),
    ),
    "results by the log": Rule(
        pattern=r"\bprintln\(|System\.(out|err)\b|printStackTrace\(",
        why="the log cuts at 4000 bytes and drops lines; a phone shows none of it",
        broken=("println(record)", "error.printStackTrace()"),
    ),
    "durations by the clock on the wall": Rule(
        pattern=r"currentTimeMillis\(\)\s*-|-\s*System\.currentTimeMillis\(\)|measureTimeMillis",
        why="the network sets it while a measurement runs",
        broken=("System.currentTimeMillis() - began", "measureTimeMillis { run() }"),
        kept=("System.nanoTime() - began", "Moment.of(System.currentTimeMillis())"),
    ),
    "NNAPI without saying that the processor is to be left out": Rule(
        pattern=r"addNnapi\(\s*\)|NnApiDelegate\(\s*\)",
        why="what its driver cannot do runs on the CPU, and is called NNAPI",
        broken=("options.addNnapi()", "NnApiDelegate()"),
        kept=("options.addNnapi(EnumSet.of(NNAPIFlags.CPU_DISABLED))",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_a_rule_finds_what_breaks_it_and_nothing_else(name: str) -> None:
    assert_knows_its_examples(RULES[name])


@pytest.mark.parametrize("name", RULES)
def test_no_source_breaks_the_rule(name: str) -> None:
    assert_no_source_breaks(RULES[name], SOURCES, HARNESS)


def test_there_are_sources_to_look_at() -> None:
    assert len(SOURCES) > 50


def test_a_photo_is_decoded_into_memory_that_can_be_read() -> None:
    for path in SOURCES:
        text = code(path)
        if re.search(r"ImageDecoder\.decodeBitmap", text):
            assert "ALLOCATOR_SOFTWARE" in text, f"{path.name}: a hardware bitmap cannot be read"


def test_nnapi_that_cannot_run_a_file_alone_opens_no_session() -> None:
    """Without this what NNAPI does not take runs on the processor, and is measured as NNAPI's."""
    found = {path.name: code(path) for path in SOURCES if ".addNnapi(" in code(path)}
    assert "OnnxBackend.kt" in found
    for name, text in found.items():
        branch = text[text.index(".addNnapi(") :].partition("}")[0]
        assert '.addConfigEntry("session.disable_cpu_ep_fallback", "1")' in branch, name


def test_a_binder_whose_death_is_waited_for_is_held() -> None:
    """Android unlinks a proxy that was collected and says nothing; no collection on a computer shows it."""
    found = [(path, name) for path in SOURCES for name in re.findall(r"(\w+)\??\.linkToDeath\(", code(path))]
    assert found
    for path, name in found:
        field = re.search(rf"^    private var {name}: IBinder\? = null", code(path), re.MULTILINE)
        assert field and not re.search(rf"val {name} =", code(path)), f"{path.name}: {name} is no field"


def test_no_picture_that_is_scaled_by_density_and_no_artifact_lies_among_the_resources() -> None:
    """What is measured and shown comes from a bundle; resources are drawn by the app, as vectors."""
    assert not (RESOURCES.parent / "assets").exists()
    strange = [path for path in RESOURCES.rglob("*") if path.is_file() and path.suffix != ".xml"]
    assert not strange
    assert not (RESOURCES / "raw").exists()


def test_texts_of_the_app_stand_in_its_strings() -> None:
    """A layout or a menu with a text of its own would never be translated; the app has neither today."""
    for path in RESOURCES.rglob("*.xml"):
        texts = re.findall(r'android:(?:text|hint|title|contentDescription)="([^"@?][^"]*)"', path.read_text("utf-8"))
        assert not texts, f"{path.name}: {texts}"
