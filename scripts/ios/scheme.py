"""The shared scheme: Release for Run and Test, and no debugger, since any other would make every time INVALID."""

from __future__ import annotations

from scripts.ios.xcode import NAME, TESTS, id_of

_NO_DEBUGGER = """selectedDebuggerIdentifier = ""
      selectedLauncherIdentifier = "Xcode.IDEFoundation.Launcher.PosixSpawn\""""


def _reference(target: str, product: str, indent: int) -> str:
    lines = [
        "<BuildableReference",
        '   BuildableIdentifier = "primary"',
        f'   BlueprintIdentifier = "{id_of(f"target/{target}")}"',
        f'   BuildableName = "{product}"',
        f'   BlueprintName = "{target}"',
        f'   ReferencedContainer = "container:{NAME}.xcodeproj">',
        "</BuildableReference>",
    ]
    return "\n".join(" " * indent + line for line in lines)


def text() -> str:
    """Return the scheme as Xcode keeps it."""
    app, tests = f"{NAME}.app", f"{TESTS}.xctest"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Scheme
   LastUpgradeVersion = "1500"
   version = "1.7">
   <BuildAction
      parallelizeBuildables = "YES"
      buildImplicitDependencies = "YES">
      <BuildActionEntries>
         <BuildActionEntry
            buildForTesting = "YES"
            buildForRunning = "YES"
            buildForProfiling = "YES"
            buildForArchiving = "YES"
            buildForAnalyzing = "YES">
{_reference(NAME, app, 12)}
         </BuildActionEntry>
      </BuildActionEntries>
   </BuildAction>
   <TestAction
      buildConfiguration = "Release"
      {_NO_DEBUGGER}
      shouldUseLaunchSchemeArgsEnv = "YES">
      <Testables>
         <TestableReference
            skipped = "NO">
{_reference(TESTS, tests, 12)}
         </TestableReference>
      </Testables>
   </TestAction>
   <LaunchAction
      buildConfiguration = "Release"
      {_NO_DEBUGGER}
      launchStyle = "0"
      useCustomWorkingDirectory = "NO"
      ignoresPersistentStateOnLaunch = "NO"
      debugDocumentVersioning = "NO"
      allowLocationSimulation = "NO">
      <BuildableProductRunnable
         runnableDebuggingMode = "0">
{_reference(NAME, app, 9)}
      </BuildableProductRunnable>
   </LaunchAction>
   <ProfileAction
      buildConfiguration = "Release"
      shouldUseLaunchSchemeArgsEnv = "YES"
      savedToolIdentifier = ""
      useCustomWorkingDirectory = "NO"
      debugDocumentVersioning = "NO">
      <BuildableProductRunnable
         runnableDebuggingMode = "0">
{_reference(NAME, app, 9)}
      </BuildableProductRunnable>
   </ProfileAction>
   <AnalyzeAction
      buildConfiguration = "Release">
   </AnalyzeAction>
   <ArchiveAction
      buildConfiguration = "Release"
      revealArchiveInOrganizer = "YES">
   </ArchiveAction>
</Scheme>
"""


def workspace() -> str:
    """Return the workspace that Xcode requires in every project."""
    return """<?xml version="1.0" encoding="UTF-8"?>
<Workspace
   version = "1.0">
   <FileRef
      location = "self:">
   </FileRef>
</Workspace>
"""
