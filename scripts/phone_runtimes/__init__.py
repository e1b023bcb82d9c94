"""What each release of the phones' runtimes can read, determined from the releases themselves."""
