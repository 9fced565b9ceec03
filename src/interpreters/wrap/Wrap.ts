/** What goes around any capability without knowing its commands. */
import type { Command, Performs } from "../../domain/Capability.ts"

export type Wrap = <C extends Command>(inner: Performs<C>) => Performs<C>

/** The first of them is the outermost. */
export const all =
  (wraps: ReadonlyArray<Wrap>): Wrap =>
  (inner) =>
    wraps.reduceRight((wrapped, wrap) => wrap(wrapped), inner)
