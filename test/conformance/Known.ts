/** Differences that stay, each with its reason; none is in what our programs use. */
import type { Row } from "./Run.ts"

interface Known {
  readonly why: string
  readonly matches: (row: Row) => boolean
}

const at = (row: Row, kind: string, path: string): boolean => row.kind === kind && row.path.endsWith(path)

export const known: ReadonlyArray<Known> = [
  {
    why: "the real server's handler of this request panics (a patch below null), so that no answer comes",
    matches: ({ path, reason }) => reason === "0" && path === "status"
  },
  {
    why: "a quantity is stored as it was written; the next write that changes nothing rewrites it in its canonical form",
    matches: (row) =>
      at(row, "PersistentVolumeClaim", "metadata.resourceVersion") ||
      // The event of that write.
      (row.kind === "PersistentVolumeClaim" && row.what === "watch" && row.path === "")
  },
  {
    why: "the answer to a dry run that would create by an apply or an update names the version of the collection",
    matches: ({ path, reason, what }) =>
      (what === "apply" || what === "update") && reason === "201" && path === "body.metadata.resourceVersion"
  },
  {
    why: "the model has no admission by service accounts: a pod may name one that does not exist",
    matches: (row) => row.kind === "Pod" && row.path === "status" && row.reason === "403 Forbidden"
  },
  {
    why: "the model does not know the range of cluster addresses, and gives none to a Service made by its status",
    matches: (row) =>
      row.kind === "Service" && /^(status|body\.message)$/.test(row.path) && row.example.includes("10.97.0.1")
  },
  {
    why: "fields that nobody's schema knows have owners of their own once they were owned from below",
    matches: (row) => row.kind === "Widget" && row.path.includes("fieldsV1.f:spec.f:free")
  },
  {
    why: "empty and absent data of an immutable Secret are one for the model",
    matches: (row) => row.kind === "Secret" && row.path === "status" && row.reason === "422 Invalid"
  }
]

/** Why it stays; undefined: it should not. */
export const whyOf = (row: Row): string | undefined => known.find(({ matches }) => matches(row))?.why

export const isKnown = (row: Row): boolean => known.some(({ matches }) => matches(row))
