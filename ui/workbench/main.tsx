// SPDX-License-Identifier: Apache-2.0

// The workbench: the whole product on one page. A person with only a browser plays the citizen here, and opens the desk
// and the console beside it.

import { render } from "preact";
import { useEffect } from "preact/hooks";
import "../parts/desk.css";
import "./workbench.css";
import { Icon } from "../parts/desk-icons";
import { LinkButton, Logo } from "../parts/desk-parts";
import { dir, lang, t } from "../parts/desk-words";
import { act, bench, connected, listen, problem } from "./bench";
import { Cards, dragged } from "./cards";
import { Paper } from "./paper";
import { Plugs } from "./plugs";
import { Preview } from "./preview";
import { Screen } from "./screen";

function App() {
  const preview = bench.value?.preview;
  useEffect(() => {
    document.documentElement.lang = lang.value;
    document.documentElement.dir = dir();
    document.title = preview ? preview.name : t("bench.title");
  }, [lang.value, preview?.name]);
  const links = bench.value?.links;
  return (
    <div class={preview ? "bench previews" : "bench"} data-screen="workbench">
      <header class="topbar">
        <Logo />
        <div class="what"><p class="strong">{preview ? preview.name : t("bench.title")}</p><p class="label">{t(preview ? "bench.preview.what" : "bench.what")}</p></div>
        <div class="end">
          <Preview />
          {(links?.desk || links?.admin) && <span class="label">{t("bench.ends")}</span>}
          {links?.desk && <LinkButton name="open-desk" href={links.desk} icon="headset" blank>{t("bench.desk")}</LinkButton>}
          {links?.admin && <LinkButton name="open-admin" href={links.admin} icon="home" blank>{t("bench.admin")}</LinkButton>}
        </div>
      </header>
      {!connected.value && <p class="linebar" role="alert"><Icon name="wifi" />{t("bench.lost")}</p>}
      {problem.value && <p class="linebar" role="alert" data-name="problem"><Icon name="warning" />{problem.value}</p>}
      <main
        onDragOver={(e) => { if (e.dataTransfer?.types.includes(dragged)) e.preventDefault(); }}
        onDrop={(e) => {
          const id = e.dataTransfer?.getData(dragged);
          if (id) void act("insert", id);
        }}>
        <Screen />
        {!preview && <Plugs />}
      </main>
      {!preview && <aside><Cards /><Paper /></aside>}
    </div>
  );
}

listen();
render(<App />, document.getElementById("app")!);
