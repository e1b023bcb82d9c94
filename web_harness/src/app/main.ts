// The page's entry: what it is given here is the real thing.

import { boot } from "./boot";
import { connect } from "./real";

void boot(connect);
