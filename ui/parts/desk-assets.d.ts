// SPDX-License-Identifier: Apache-2.0

// Styles are bundled by esbuild; to TypeScript they are imports with nothing in them.
declare module "*.css";
