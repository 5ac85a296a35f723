// What every page has: the name in the header.

import { account } from "../people/account.js";

account();
