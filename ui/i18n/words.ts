// SPDX-License-Identifier: Apache-2.0

// The catalogues that the citizen's page is built with.

import ar from "./ar.json";
import en from "./en.json";
import { catalogue } from "./i18n.ts";

export const t = catalogue({ en, ar });
