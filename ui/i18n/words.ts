// SPDX-License-Identifier: Apache-2.0

// The catalogues that the citizen's page is built with.

import ar from "./ar.json";
import de from "./de.json";
import en from "./en.json";
import fr from "./fr.json";
import pt from "./pt.json";
import uk from "./uk.json";
import { catalogue } from "./i18n.ts";

export const t = catalogue({ ar, de, en, fr, pt, uk });
