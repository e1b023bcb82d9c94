"""What each release of the phones' runtimes reads, as the releases themselves show it."""
