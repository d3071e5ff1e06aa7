// SPDX-License-Identifier: Apache-2.0

// What the volunteer is told when a terminal, or the office, is not who it was.

import { useEffect } from "preact/hooks";
import { signal } from "@preact/signals";
import { Icon } from "../parts/desk-icons";
import { Button } from "../parts/desk-parts";
import { t } from "../parts/desk-words";
import { nameOf, officeChanged, trustOffice, untrusted } from "./office";

const other = signal("");

export function TrustBar() {
  useEffect(() => {
    if (officeChanged.value) void nameOf(officeChanged.value).then((name) => { other.value = name; });
  }, [officeChanged.value]);
  return (
    <>
      {untrusted.value && (
        <div class="linebar" role="alert" data-name="untrusted">
          <Icon name="shield" /><span>{t("trust.refused")}</span>
          <Button name="untrusted-seen" size="small" onPress={() => { untrusted.value = false; }}>{t("trust.seen")}</Button>
        </div>
      )}
      {officeChanged.value && (
        <div class="linebar" role="alert" data-name="office-changed">
          <Icon name="shield" /><span>{t("trust.changed")} <bdi dir="ltr" class="strong">{other.value}</bdi></span>
          <Button name="trust-office" size="small" onPress={() => void trustOffice()}>{t("trust.take")}</Button>
        </div>
      )}
    </>
  );
}
