/** Changes of an object as data, so that the same change can be made by an update or by any kind of patch. */

export type Path = ReadonlyArray<string | number>

/** `value` absent: the field goes. */
export interface Edit {
  readonly path: Path
  readonly value?: unknown
}

type Container = Record<string | number, unknown>

const isContainer = (value: unknown): value is Container => typeof value === "object" && value !== null

const emptyFor = (step: string | number | undefined): unknown => (typeof step === "number" ? [] : {})

/** The object with the edit made; missing containers are made, and an index beyond the end appends. */
export const apply = <A>(object: A, { path, value }: Edit): A => {
  const copy = structuredClone(object)
  let at: unknown = copy
  path.forEach((step, index) => {
    if (!isContainer(at)) return
    if (index < path.length - 1) {
      if (!isContainer(at[step])) at[step] = emptyFor(path[index + 1])
      at = at[step]
    } else if (value === undefined && Array.isArray(at)) at.splice(Number(step), 1)
    else if (value === undefined) delete at[step]
    else at[step] = structuredClone(value)
  })
  return copy
}

/** As a merge patch; a step into a list replaces the list by what the edited object has there. */
export const asMerge = (edits: ReadonlyArray<Edit>, edited: unknown): unknown => {
  const patch: Container = {}
  for (const { path, value } of edits) {
    let into: Container = patch
    let from: unknown = edited
    for (const [index, step] of path.entries()) {
      const below = isContainer(from) ? from[step] : undefined
      if (index === path.length - 1) into[step] = value === undefined ? null : value
      else if (typeof path[index + 1] === "number") {
        into[step] = below ?? []
        break
      } else {
        if (!isContainer(into[step])) into[step] = {}
        into = into[step] as Container
        from = below
      }
    }
  }
  return patch
}

const pointer = (path: Path): string =>
  path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")

/** As a JSON patch against `object`; containers that are missing are added first. */
export const asJsonPatch = (edits: ReadonlyArray<Edit>, object: unknown): ReadonlyArray<unknown> => {
  let now = object
  return edits.flatMap((edit) => {
    const operations: Array<unknown> = []
    let at: unknown = now
    edit.path.forEach((step, index) => {
      if (index === edit.path.length - 1) return
      const below = isContainer(at) ? at[step] : undefined
      if (!isContainer(below) && edit.value !== undefined) {
        operations.push({
          op: "add",
          path: pointer(edit.path.slice(0, index + 1)),
          value: emptyFor(edit.path[index + 1])
        })
      }
      at = below
    })
    const last = edit.path.at(-1)!
    const exists = isContainer(at) && last in at
    const op = edit.value === undefined ? "remove" : exists && !Array.isArray(at) ? "replace" : "add"
    operations.push({ op, path: pointer(edit.path), ...(edit.value === undefined ? {} : { value: edit.value }) })
    now = apply(now, edit)
    return operations
  })
}
