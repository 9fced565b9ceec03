/**
 * Label selectors: the text of `labelSelector=` and the `LabelSelector` of
 * objects, both as requirements. Grammar and complaints are apimachinery's.
 */
import * as Result from "effect/Result"
import { keyComplaints, valueComplaints } from "./LabelSyntax.ts"

type Operator = "in" | "notin" | "=" | "==" | "!=" | "exists" | "!" | "gt" | "lt"

export interface Requirement {
  readonly key: string
  readonly operator: Operator
  readonly values: ReadonlyArray<string>
}

export type Selector = ReadonlyArray<Requirement>

type Labels = Readonly<Record<string, string>> | undefined

interface Token {
  readonly type: "word" | "in" | "notin" | "operator" | "(" | ")" | "," | "!" | "end"
  readonly text: string
}

const symbols: Readonly<Record<string, Token["type"]>> = {
  "=": "operator",
  "==": "operator",
  "!=": "operator",
  ">": "operator",
  "<": "operator",
  "(": "(",
  ")": ")",
  ",": ",",
  "!": "!"
}

const tokensOf = (text: string): ReadonlyArray<Token> => {
  const words = text.match(/!=|==|[=!<>(),]|[^\s=!<>(),]+/g) ?? []
  const tokens = words.map((word): Token => {
    const type = symbols[word] ?? (word === "in" || word === "notin" ? word : "word")
    return { type, text: word }
  })
  return [...tokens, { type: "end", text: "" }]
}

const matchers: Readonly<Record<Operator, (value: string | undefined, values: ReadonlyArray<string>) => boolean>> = {
  in: (value, values) => value !== undefined && values.includes(value),
  "=": (value, values) => value === values[0],
  "==": (value, values) => value === values[0],
  notin: (value, values) => value === undefined || !values.includes(value),
  "!=": (value, values) => value !== values[0],
  exists: (value) => value !== undefined,
  "!": (value) => value === undefined,
  gt: (value, values) => integer(value) && BigInt(value) > BigInt(values[0]!),
  lt: (value, values) => integer(value) && BigInt(value) < BigInt(values[0]!)
}

const integer = (value: string | undefined): value is string => value !== undefined && /^[+-]?\d+$/.test(value)

export const matches = (selector: Selector, labels: Labels): boolean =>
  selector.every(({ key, operator, values }) =>
    // An own property: labels are data, and may be called `constructor`.
    matchers[operator](labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined, values)
  )

/** As the API prints it, in `status.selector` of a Scale for one. */
export const print = (selector: Selector): string =>
  [...selector]
    .sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0))
    .map(({ key, operator, values }) => {
      if (operator === "exists") return key
      if (operator === "!") return `!${key}`
      if (operator === "in" || operator === "notin") return `${key} ${operator} (${values.join(",")})`
      return `${key}${operator === "gt" ? ">" : operator === "lt" ? "<" : operator}${values[0] ?? ""}`
    })
    .join(",")

const checked = (
  key: string,
  operator: Operator,
  values: ReadonlyArray<string>
): Result.Result<Requirement, string> => {
  if ((operator === "gt" || operator === "lt") && !integer(values[0])) {
    return Result.fail(
      `values[0]: Invalid value: ${JSON.stringify(values[0])}: for 'Gt', 'Lt' operators, the value must be an integer`
    )
  }
  for (const [index, value] of values.entries()) {
    const wrong = valueComplaints(value)
    if (wrong.length > 0) {
      return Result.fail(`values[${index}][${key}]: Invalid value: ${JSON.stringify(value)}: ${wrong.join("; ")}`)
    }
  }
  return Result.succeed({ key, operator, values })
}

const operatorNames: Readonly<Record<string, Operator>> = {
  in: "in",
  notin: "notin",
  "=": "=",
  "==": "==",
  "!=": "!=",
  ">": "gt",
  "<": "lt"
}

/** A cursor over tokens: `in` and `notin` are words wherever an operator cannot stand. */
interface Cursor {
  readonly tokens: ReadonlyArray<Token>
  at: number
}

const isWord = ({ type }: Token): boolean => type === "word" || type === "in" || type === "notin"

const peek = (cursor: Cursor): Token => cursor.tokens[Math.min(cursor.at, cursor.tokens.length - 1)]!

const take = (cursor: Cursor): Token => {
  const token = peek(cursor)
  cursor.at++
  return token
}

const valueSet = (cursor: Cursor): Result.Result<ReadonlyArray<string>, string> => {
  const open = take(cursor)
  if (open.type !== "(") return Result.fail(`found '${open.text}' expected: '('`)
  const first = peek(cursor)
  if (first.type !== ")" && first.type !== "," && !isWord(first)) {
    return Result.fail(`found '${first.text}', expected: ',', ')' or identifier`)
  }
  const values = new Set<string>()
  let word = ""
  for (;;) {
    const token = take(cursor)
    if (token.type === "," || token.type === ")") {
      values.add(word)
      word = ""
      if (token.type === ")") return Result.succeed([...values].sort())
    } else if (isWord(token) && word === "") {
      word = token.text
    } else {
      return Result.fail(`found '${token.text}', expected: ${word === "" ? "',', or identifier" : "',' or ')'"}`)
    }
  }
}

const exactValue = (cursor: Cursor): Result.Result<ReadonlyArray<string>, string> => {
  const next = peek(cursor)
  if (next.type === "end" || next.type === ",") return Result.succeed([""])
  cursor.at++
  return isWord(next) ? Result.succeed([next.text]) : Result.fail(`found '${next.text}', expected: identifier`)
}

const requirement = (cursor: Cursor): Result.Result<Requirement, string> => {
  const negated = peek(cursor).type === "!"
  if (negated) cursor.at++
  const key = take(cursor)
  if (!isWord(key)) return Result.fail(`found '${key.text}', expected: identifier`)
  const wrong = keyComplaints(key.text)
  if (wrong.length > 0) {
    return Result.fail(`<nil>: Invalid value: ${JSON.stringify(key.text)}: ${wrong.join("; ")}`)
  }
  if (negated) return checked(key.text, "!", [])
  const next = peek(cursor)
  if (next.type === "end" || next.type === ",") return checked(key.text, "exists", [])
  cursor.at++
  const operator = operatorNames[next.text]
  if (operator === undefined || next.type === "word") {
    return Result.fail(`found '${next.text}', expected: in, notin, =, ==, !=, gt, lt`)
  }
  const values = operator === "in" || operator === "notin" ? valueSet(cursor) : exactValue(cursor)
  return Result.flatMap(values, (found) => checked(key.text, operator, found))
}

/** The failure is the text of a 400. */
export const parse = (text: string): Result.Result<Selector, string> => {
  const cursor: Cursor = { tokens: tokensOf(text), at: 0 }
  const found: Array<Requirement> = []
  for (;;) {
    const token = peek(cursor)
    if (token.type === "end") return Result.succeed(found)
    if (!isWord(token) && token.type !== "!") {
      return Result.fail(`found '${token.text}', expected: !, identifier, or 'end of string'`)
    }
    const one = requirement(cursor)
    if (Result.isFailure(one)) return Result.fail(`unable to parse requirement: ${one.failure}`)
    found.push(one.success)
    const next = take(cursor)
    if (next.type === "end") return Result.succeed(found)
    if (next.type !== ",") return Result.fail(`found '${next.text}', expected: ',' or 'end of string'`)
    const after = peek(cursor)
    if (!isWord(after) && after.type !== "!") {
      return Result.fail(`found '${after.text}', expected: identifier after ','`)
    }
  }
}

interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: ReadonlyArray<{
    readonly key: string
    readonly operator: string
    readonly values?: ReadonlyArray<string>
  }>
}

const expressions: Readonly<Record<string, Operator>> = {
  In: "in",
  NotIn: "notin",
  Exists: "exists",
  DoesNotExist: "!"
}

/** Of an object's field; undefined matches nothing, an empty one everything. */
export const ofObject = (selector: unknown): Selector | undefined => {
  if (typeof selector !== "object" || selector === null) return undefined
  // The kinds that hold one have decoded it.
  const { matchExpressions = [], matchLabels = {} } = selector as LabelSelector
  return [
    ...Object.entries(matchLabels).map(([key, value]): Requirement => ({ key, operator: "=", values: [value] })),
    ...matchExpressions.flatMap(({ key, operator, values = [] }): ReadonlyArray<Requirement> => {
      const known = expressions[operator]
      return known === undefined ? [] : [{ key, operator: known, values: [...values].sort() }]
    })
  ]
}
