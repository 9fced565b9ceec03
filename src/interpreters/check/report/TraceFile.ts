/**
 * A trace as a file: versioned JSON, the first state in full and then only what
 * each step changed, one step a line.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Difference, Step, Trace } from "../../../domain/check/Trace.ts"
import * as Delta from "./Delta.ts"
import * as Plain from "./Plain.ts"

export const version = 1

const FileStep = Schema.Struct({
  action: Schema.String,
  key: Schema.String,
  says: Schema.String,
  cost: Schema.optionalKey(Schema.String),
  changes: Schema.Array(Schema.Struct({ component: Schema.String, edits: Schema.Array(Delta.Edit) }))
})
export type FileStep = typeof FileStep.Type

const Head = Schema.Struct({ format: Schema.Literal("gungnir/trace"), version: Schema.Int })

/** What stands in the file. */
export const File = Schema.Struct({
  format: Schema.Literal("gungnir/trace"),
  version: Schema.Literal(version),
  model: Schema.String,
  property: Schema.String,
  isLasso: Schema.Boolean,
  breaks: Schema.optionalKey(Schema.String),
  initial: Schema.Record(Schema.String, Schema.Json),
  stem: Schema.Array(FileStep),
  cycle: Schema.Array(FileStep),
  rescue: Schema.Array(
    Schema.Struct({
      action: Schema.String,
      key: Schema.String,
      because: Schema.Literals(["disabled", "taken"]),
      at: Schema.Int
    })
  )
})
export type File = typeof File.Type

/** The text is no trace that this version can read. */
export class BadTrace extends Schema.TaggedError<BadTrace>()("BadTrace", { detail: Schema.String }) {
  override get message(): string {
    return `this is no trace that can be replayed: ${this.detail}`
  }
}

const fileStep = ({ action, changes, cost, key, says }: Step): FileStep => ({
  action,
  key,
  says,
  ...(cost === undefined ? {} : { cost }),
  changes: changes.map(({ after, before, component }) => ({
    component,
    edits: Delta.between(Plain.encode(before), Plain.encode(after))
  }))
})

export const ofTrace = ({ breaks, cycle, initial, isLasso, model, property, rescue, stem }: Trace): File => ({
  format: "gungnir/trace",
  version,
  model,
  property,
  isLasso,
  ...(breaks === undefined ? {} : { breaks }),
  initial: Object.fromEntries(Object.entries(initial).map(([name, value]) => [name, Plain.encode(value)])),
  stem: stem.map(fileStep),
  cycle: cycle.map(fileStep),
  rescue: rescue.map(({ action, at, because, key }) => ({ action, key, because, at }))
})

const unset: Plain.Json = Plain.encode(undefined)

/** The steps with what was before and after, and what the components are in the end. */
const unfolded = (steps: ReadonlyArray<FileStep>, from: ReadonlyMap<string, Plain.Json>) => {
  const held = new Map(from)
  const told = steps.map(({ changes, ...step }): Step => {
    const differences = changes.map(({ component, edits }): Difference => {
      const known = held.get(component)
      const before = known === undefined ? unset : known
      const after = Delta.apply(before, edits)
      held.set(component, after)
      return { component, before: Plain.decode(before), after: Plain.decode(after) }
    })
    return { ...step, changes: differences }
  })
  return { told, held }
}

export const toTrace = (file: File): Effect.Effect<Trace, BadTrace> =>
  Effect.try({
    try: () => {
      const { breaks, cycle, initial, isLasso, model, property, rescue, stem } = file
      const first = unfolded(stem, new Map(Object.entries(initial)))
      return {
        model,
        property,
        isLasso,
        ...(breaks === undefined ? {} : { breaks }),
        initial: Object.fromEntries(Object.entries(initial).map(([name, value]) => [name, Plain.decode(value)])),
        stem: first.told,
        cycle: unfolded(cycle, first.held).told,
        rescue
      }
    },
    catch: (error) =>
      new BadTrace({ detail: `a change does not fit: ${error instanceof Error ? error.message : error}` })
  })

const list = (items: ReadonlyArray<unknown>): string =>
  items.length === 0 ? "[]" : `[\n    ${items.map((item) => JSON.stringify(item)).join(",\n    ")}\n  ]`

/** One step a line, so that two files can be compared by line. */
export const print = (trace: Trace): string => {
  const { cycle, initial, rescue, stem, ...head } = ofTrace(trace)
  const lines = [
    ...Object.entries(head).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`),
    `"initial": ${JSON.stringify(initial)}`,
    `"stem": ${list(stem)}`,
    `"cycle": ${list(cycle)}`,
    `"rescue": ${list(rescue)}`
  ]
  return `{\n  ${lines.join(",\n  ")}\n}\n`
}

const unread = (error: Schema.SchemaError): BadTrace => new BadTrace({ detail: error.message.split("\n").join(" ") })

export const parse = Effect.fnUntraced(function* (text: string): Effect.fn.Return<Trace, BadTrace> {
  const head = yield* Schema.decodeUnknownEffect(Schema.fromJsonString(Head))(text).pipe(Effect.mapError(unread))
  if (head.version !== version) {
    const detail = `it is of version ${head.version}, and this gungnir reads version ${version}: check the model again`
    return yield* new BadTrace({ detail })
  }
  const file = yield* Schema.decodeUnknownEffect(Schema.fromJsonString(File))(text).pipe(Effect.mapError(unread))
  return yield* toTrace(file)
})
