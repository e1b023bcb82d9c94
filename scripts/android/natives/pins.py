"""The libraries to use, the published archives they are in, and their hashes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A publisher's archive, and which of its files hold libraries for x86-64 Android, each with its sha256."""

    name: str
    version: str
    maven: str | None
    npm: str | None
    folder: str
    libraries: dict[str, str]


ARCHIVES = (
    Archive(
        name="tensorflow-lite",
        version="2.16.1",
        maven="org.tensorflow:tensorflow-lite:2.16.1:aar",
        npm=None,
        folder="jni/x86_64",
        libraries={"libtensorflowlite_jni.so": "21f2570e650fc120ad28a379d927392c1883f9738895a3fd5efa0a32ae784507"},
    ),
    Archive(
        name="pytorch_android_lite",
        version="1.12.2",
        maven="org.pytorch:pytorch_android_lite:1.12.2:aar",
        npm=None,
        folder="jni/x86_64",
        libraries={
            "libc++_shared.so": "f3b6f38f2a8b759843dff339018666159352dc86790927ab6814bcedc41f09d8",
            "libfbjni.so": "82fcd807504ab4384590da1f139c2de78dbfe657a1bf4d25624913e22bedbf15",
            "libpytorch_jni_lite.so": "777473e13a320adf3fad9e1da7a57c5d3b14ba5b3c8151c6a6031bcb4b1da986",
        },
    ),
    # It asks for libfbjni.so too, and takes the one above, as in the app.
    Archive(
        name="react-native-executorch",
        version="0.8.5",
        maven=None,
        npm="react-native-executorch@0.8.5",
        folder="package/third-party/android/libs/executorch/x86_64",
        libraries={"libexecutorch.so": "23ae791531256f7db76ab93180ca8d12bb049b6a72ccd2ce9c4afcc492e7086b"},
    ),
    # Microsoft's build for Android, which is in no registry under its own name; its Java interface is the JVM's jar's.
    Archive(
        name="onnxruntime",
        version="1.29.0",
        maven=None,
        npm="com.github.asus4.onnxruntime@0.4.9",
        folder="package/Plugins/Android/onnxruntime.aar!jni/x86_64",
        libraries={
            "libonnxruntime.so": "1fbfff77a79d79d4e99c2ae78d048044b689782da7e2b0a268443279ae615566",
            "libonnxruntime4j_jni.so": "d1c4b89f0b88d8f9cb722ca5cedca0855001b6922d8abc268822f3c7936b2469",
        },
    ),
)
