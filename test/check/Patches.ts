/** A file of a copy that is broken in one place, for as long as something is asked of it. */
import { readFileSync, writeFileSync } from "node:fs"

export interface Patch {
  readonly from: string
  readonly to: string
}

/** In how many places of the file the patch fits: one, or it says nothing. */
export const placesOf = (path: string, { from }: Patch): number => readFileSync(path, "utf8").split(from).length - 1

/** What comes of it with the patch, or in how many places that fits. */
export const withPatch = (path: string, patch: Patch, ask: () => string): string => {
  const count = placesOf(path, patch)
  if (count !== 1) return `its patch fits ${count} places`
  const text = readFileSync(path, "utf8")
  writeFileSync(
    path,
    text.replace(patch.from, () => patch.to)
  )
  try {
    return ask()
  } finally {
    writeFileSync(path, text)
  }
}
