// SPDX-License-Identifier: Apache-2.0

// The one door to PDF.js. It is a bundle of its own, fetched when sheets are shown for the first time: the companion starts
// without it. A file of a service is a stranger's: PDF.js reads it in this page's sandbox, the page's policy lets it run no
// code out of a string and load nothing from elsewhere, and what scripts a file has are not run.

import { getDocument, type PDFDocumentProxy } from "pdfjs-dist/build/pdf.mjs";
import * as worker from "pdfjs-dist/build/pdf.worker.mjs";

(globalThis as Record<string, unknown>).pdfjsWorker = worker; // in this page: there is no second script to fetch

export interface Sheets {
  n: number;
  /** draw draws the sheet of a number, counted from 1, as wide as the canvas is to be (CSS px). */
  draw(n: number, canvas: HTMLCanvasElement, width: number): Promise<void>;
  close(): void;
}

/** read opens a PDF. It throws when it is none, or has a password. */
export async function read(data: Uint8Array): Promise<Sheets> {
  const task = getDocument({ data, enableXfa: false, useWasm: false, useSystemFonts: true, isOffscreenCanvasSupported: false, verbosity: 0 });
  const file: PDFDocumentProxy = await task.promise;
  return {
    n: file.numPages,
    async draw(n, canvas, width) {
      const page = await file.getPage(n);
      const natural = page.getViewport({ scale: 1 });
      const sharp = Math.max(1, window.devicePixelRatio);
      // The higher of the two counts: a sheet across is not higher than one upright.
      const scale = Math.min(width / natural.width, (width * Math.SQRT2) / natural.height) * sharp;
      const viewport = page.getViewport({ scale });
      canvas.width = Math.floor(viewport.width);
      canvas.height = Math.floor(viewport.height);
      canvas.style.inlineSize = `${canvas.width / sharp}px`;
      await page.render({ canvas, viewport }).promise;
      page.cleanup();
    },
    close: () => void task.destroy(),
  };
}
