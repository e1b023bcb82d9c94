import HarnessCore

print("not yet")
