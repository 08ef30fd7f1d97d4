declare module "*.css" {
  const text: string;
  export default text;
}

declare module "markdown-it/lib/rules_block/reference.mjs" {
  import type { StateBlock } from "markdown-it";
  export default function reference(
    state: StateBlock,
    from: number,
    to: number,
    silent: boolean,
  ): boolean;
}
