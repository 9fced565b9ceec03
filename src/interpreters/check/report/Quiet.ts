/**
 * What who reads a trace in a terminal can do without: how a pass and its queue
 * keep their books, and caches that follow at once. The page and the file have
 * all of it.
 */
import type { Difference, Step } from "../../../domain/check/Trace.ts"
import * as Delta from "./Delta.ts"
import * as Plain from "./Plain.ts"
import * as Tree from "./Tree.ts"

/** What the API server keeps of each object by itself. */
const books = new Set<string | number>(["managedFields", "resourceVersion"])

const editsOf = ({ after, before }: Difference): ReadonlyArray<Delta.Edit> =>
  Delta.between(Plain.encode(before), Plain.encode(after))

/** Of the resources of the API whose objects the step changed. */
const writtenIn = (changes: Step["changes"]): ReadonlySet<string> =>
  new Set(
    changes.flatMap((difference) => {
      const [lane, plural] = difference.component.split("/")
      if (lane !== "api") return []
      return plural === undefined
        ? // The kinds without a component of their own, by group and plural.
          editsOf(difference).map(({ path }) => String(path.find((key) => `${key}`.includes("/"))).split("/")[1]!)
        : [plural]
    })
  )

const isNothing = (value: Plain.Json | undefined): boolean =>
  Tree.absent(value) === undefined || Tree.absent(value) === null

const isShown = (component: string, written: ReadonlySet<string>, edit: Delta.Edit): boolean => {
  const [, part = ""] = component.split("/")
  if (component.includes("passes of ")) return false
  if (part.startsWith("queue of ")) {
    const isMemory = edit.path.includes("memory")
    return isMemory && (Delta.isSplice(edit) || !isNothing(edit.before) || !isNothing(edit.after))
  }
  if (part.startsWith("cache of ") && written.has(part.slice("cache of ".length).split(" ")[0]!)) return false
  return !edit.path.some((key) => books.has(key))
}

/** What the step changed, as far as it is worth a line here. */
export const trees = (step: Step, order: (one: Difference, other: Difference) => number): ReadonlyArray<Tree.Tree> => {
  const written = writtenIn(step.changes)
  return step.changes.toSorted(order).flatMap((difference) => {
    const tree = Tree.ofDifference(difference, (edit) => isShown(difference.component, written, edit))
    return tree === undefined ? [] : [tree]
  })
}
