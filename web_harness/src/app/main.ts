// The page: opens what it was given, measures it, shows it.

export {};
