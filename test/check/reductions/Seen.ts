/**
 * A closed system explored to its end, and everything that can be seen of its
 * states by who knows nothing of the checker: what a reduction must not change.
 */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import type { Components, Read, System } from "../../../src/domain/check/System.ts"
import { check, type Options } from "../../../src/interpreters/check/Check.ts"
import type { Compiled } from "../../../src/interpreters/check/Model.ts"
import { mentions, renamed } from "../../../src/models/closed/OpaqueNames.ts"

const texts = new WeakMap<object, string>()

const byText = (one: string, other: string): number => (one < other ? -1 : 1)

const composed = (value: object): string => {
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`
  if (value instanceof Set) return `{${[...value].map(textOf).toSorted(byText).join()}}`
  const entries: Iterable<readonly [unknown, unknown]> = value instanceof Map ? value : Object.entries(value)
  const all = [...entries].map(([key, held]) => `${textOf(key)}:${textOf(held)}`)
  return `{${all.toSorted(byText).join()}}`
}

/** Two values share it only if they are equal; the order of keys is none. */
export const textOf = (value: unknown): string => {
  if (typeof value !== "object" || value === null) {
    return typeof value === "string" ? JSON.stringify(value) : String(value)
  }
  const known = texts.get(value)
  if (known !== undefined) return known
  const text = composed(value)
  texts.set(value, text)
  return text
}

/** The components that the world outside of the processes is made of. */
export const outside = (system: System<Components>): ReadonlyArray<string> =>
  Object.keys(system.initial[0]!).filter((name) => !/^(operator|network)[^/]*\//.test(name))

/** Those, and, where no pass is under way, what the processes remember from one to the next and count time by. */
export const lasting = (system: System<Components>): ReadonlyArray<string> => [
  ...outside(system),
  ...Object.keys(system.initial[0]!).filter((name) => /^operator[^/]*\/(queue of|standing)/.test(name))
]

/** Names by first mention; as `Canonical.ts` does, which is among what is tried here. */
const renamingOf = (parts: ReadonlyArray<unknown>): ReadonlyMap<string, string> => {
  const counts = new Map<string, number>()
  const renaming = new Map<string, string>()
  for (const name of new Set(parts.flatMap((part) => [...mentions(part)]))) {
    const kind = name.slice(0, name.lastIndexOf("#"))
    const number = counts.get(kind) ?? 0
    counts.set(kind, number + 1)
    if (name !== `${kind}#${number}`) renaming.set(name, `${kind}#${number}`)
  }
  return renaming
}

/** Under names that depend on nothing else. */
export const view = (read: Read<Components>, components: ReadonlyArray<string>): string => {
  const parts = components.map((name) => read(name))
  const renaming = renamingOf(parts)
  return parts.map((part) => textOf(renamed(part, renaming))).join("\n")
}

export interface Seen {
  /** By property: holds, violated or undecided. */
  readonly verdicts: Readonly<Record<string, string>>
  readonly views: ReadonlySet<string>
  readonly cores: number
}

const looks = "everything is looked at"

/** `of`: the components that are looked at, in every state. */
export const explored = Effect.fnUntraced(function* (system: Compiled, of: typeof outside, options: Options = {}) {
  const [world, all] = [outside(system), of(system)]
  const passes = Object.keys(system.initial[0]!).filter((name) => /\/passes of/.test(name))
  const views = new Set<string>()
  const looking = {
    _tag: "Always" as const,
    name: looks,
    holds: (read: Read<Components>) => {
      const isResting = passes.every((name) => Object.keys(read(name) as object).length === 0)
      return views.add(view(read, isResting ? all : world)).size > 0
    }
  }
  const { coverage, verdicts } = yield* check({ ...system, properties: [...system.properties, looking] }, options)
  assert.deepStrictEqual(system.stepping().leaks, [])
  const decided = verdicts.map(({ property, verdict }) => [property, verdict] as const)
  assert.notInclude(
    decided.map(([, verdict]) => verdict),
    "undecided"
  )
  const seen: Seen = { verdicts: Object.fromEntries(decided), views, cores: coverage.cores }
  return seen
})

/** Both show the same, and decide the same; the one with the reduction has fewer states. */
export const same = (reduced: Seen, whole: Seen, what: string): void => {
  assert.deepStrictEqual(reduced.verdicts, whole.verdicts, what)
  const missing = [...whole.views].filter((one) => !reduced.views.has(one))
  const invented = [...reduced.views].filter((one) => !whole.views.has(one))
  assert.strictEqual(missing.length, 0, `${what}: of ${whole.views.size} views that the reduction does not show`)
  assert.strictEqual(invented.length, 0, `${what}: of ${reduced.views.size} views that only the reduction shows`)
}
