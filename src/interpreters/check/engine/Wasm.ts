/**
 * A small language of 32-bit integers in one memory, for the few loops that every
 * step of a search goes through, and its translation to WebAssembly. A function is
 * `(name (parameters) statement ...)` and returns nothing, or by `(return value)`:
 *
 *     number  name  (op a b)  (@ address)  (? condition then else), both of which are computed
 *     (= name value)  (! address value)  (if condition statement ...)
 *     (while condition statement ...)  (break)  (return value)
 */

type Tree = string | ReadonlyArray<Tree>

export interface Memory {
  readonly buffer: ArrayBuffer
  readonly grow: (pages: number) => number
}

export type Functions = Readonly<Record<string, (...parameters: ReadonlyArray<number>) => number>>

/** What every JavaScript engine has of WebAssembly, as far as it is used here. */
declare const WebAssembly: {
  readonly Memory: new (limits: { readonly initial: number; readonly maximum: number }) => Memory
  readonly Module: new (code: Uint8Array) => object
  readonly Instance: new (
    module: object,
    imports: { readonly env: { readonly memory: Memory } }
  ) => { readonly exports: Functions }
}

const page = 65_536
/** As many as 32 bits can address. */
export const mostPages = 65_536

/** For so many words. */
export const pagesOf = (words: number): number => Math.ceil((words * 4) / page)

/** Of so many pages at first. */
export const memoryOf = (initial: number, maximum = mostPages): Memory => new WebAssembly.Memory({ initial, maximum })

const [i32, none, magic, end] = [0x7f, 0x40, [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], 0x0b]
const operators = new Map(
  Object.entries({
    "==": 0x46,
    "!=": 0x47,
    "<": 0x49,
    "+": 0x6a,
    "-": 0x6b,
    "*": 0x6c,
    "&": 0x71,
    "|": 0x72,
    "^": 0x73,
    "<<": 0x74,
    ">>>": 0x76
  })
)

const unsigned = (n: number): ReadonlyArray<number> => (n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...unsigned(n >>> 7)])

const signed = (n: number): ReadonlyArray<number> =>
  n >= -0x40 && n < 0x40 ? [n & 0x7f] : [(n & 0x7f) | 0x80, ...signed(n >> 7)]

const vector = (all: ReadonlyArray<ReadonlyArray<number>>) => [...unsigned(all.length), ...all.flat()]
const sized = (bytes: ReadonlyArray<number>) => [...unsigned(bytes.length), ...bytes]
const section = (id: number, bytes: ReadonlyArray<number>) => [id, ...sized(bytes)]
const text = (words: string) => sized([...words].map((letter) => letter.charCodeAt(0)))

const treesOf = (source: string): ReadonlyArray<Tree> => {
  const open: Array<Array<Tree>> = [[]]
  for (const token of source.match(/[()]|[^\s()]+/g) ?? []) {
    if (token === "(") open.push([])
    else if (token === ")") {
      const done = open.pop()!
      open.at(-1)!.push(done)
    } else open.at(-1)!.push(token)
  }
  return open[0]!
}

/** One function: its parameters, then its other variables, which are 0 at first. */
class Body {
  private readonly names: Array<string>
  private depth = 0
  /** How deep each loop is that is open. */
  private readonly loops: Array<number> = []
  private readonly parameters: number

  constructor(parameters: ReadonlyArray<string>) {
    this.names = [...parameters]
    this.parameters = parameters.length
  }

  code(statements: ReadonlyArray<Tree>): ReadonlyArray<number> {
    const bytes = this.all(statements)
    const others = this.names.length - this.parameters
    return sized([...(others === 0 ? [0] : [1, ...unsigned(others), i32]), ...bytes, 0x41, 0, end])
  }

  private all(statements: ReadonlyArray<Tree>): ReadonlyArray<number> {
    return statements.flatMap((statement) => this.statement(statement))
  }

  private statement(tree: Tree): ReadonlyArray<number> {
    const [head, ...rest] = tree
    const [first, second] = rest
    if (head === "=") return [...this.value(second!), 0x21, ...unsigned(this.local(String(first), true))]
    if (head === "!") return [...this.value(first!), ...this.value(second!), 0x36, 2, 0]
    if (head === "return") return [...this.value(first!), 0x0f]
    if (head === "break") return [0x0c, ...unsigned(this.depth - this.loops.at(-1)!)]
    if (head === "if") return [...this.value(first!), 0x04, none, ...this.inside(1, rest.slice(1)), end]
    if (head !== "while") throw new Error(`no statement: ${JSON.stringify(tree)}`)
    this.loops.push(this.depth + 1)
    const body = [...this.value(first!), 0x45, 0x0d, 1, ...this.inside(2, rest.slice(1)), 0x0c, 0]
    this.loops.pop()
    return [0x02, none, 0x03, none, ...body, end, end]
  }

  private inside(depth: number, statements: ReadonlyArray<Tree>): ReadonlyArray<number> {
    this.depth += depth
    const bytes = this.all(statements)
    this.depth -= depth
    return bytes
  }

  private value(tree: Tree): ReadonlyArray<number> {
    if (typeof tree === "string") {
      return /^-?\d/.test(tree) ? [0x41, ...signed(Number(tree) | 0)] : [0x20, ...unsigned(this.local(tree, false))]
    }
    const [head, ...rest] = tree
    const values = rest.flatMap((each) => this.value(each))
    if (head === "@") return [...values, 0x28, 2, 0]
    if (head === "?") return [...rest.slice(1), rest[0]!].flatMap((each) => this.value(each)).concat(0x1b)
    const operator = operators.get(String(head))
    if (operator === undefined || rest.length !== 2) throw new Error(`no value: ${JSON.stringify(tree)}`)
    return [...values, operator]
  }

  private local(name: string, isNew: boolean): number {
    const known = this.names.indexOf(name)
    if (known < 0 && !isNew) throw new Error(`no variable ${name}`)
    return known < 0 ? this.names.push(name) - 1 : known
  }
}

/** Programs that were translated before. */
const modules = new Map<string, object>()

/** The functions of a program, in this memory. */
export const compiled = (source: string, memory: Memory): Functions => {
  let module = modules.get(source)
  if (module === undefined) {
    module = new WebAssembly.Module(Uint8Array.from(bytesOf(source)))
    modules.set(source, module)
  }
  return new WebAssembly.Instance(module, { env: { memory } }).exports
}

const bytesOf = (source: string): ReadonlyArray<number> => {
  const functions = treesOf(source).map((tree) => {
    const [name, parameters, ...statements] = tree
    const names = (parameters as ReadonlyArray<Tree>).map(String)
    return { name: String(name), arity: names.length, code: new Body(names).code(statements) }
  })
  return [
    ...magic,
    ...section(1, vector(functions.map(({ arity }) => [0x60, ...unsigned(arity), ...Array(arity).fill(i32), 1, i32]))),
    ...section(2, vector([[...text("env"), ...text("memory"), 0x02, 0x01, ...unsigned(1), ...unsigned(mostPages)]])),
    ...section(3, vector(functions.map((_, i) => unsigned(i)))),
    ...section(7, vector(functions.map(({ name }, i) => [...text(name), 0x00, ...unsigned(i)]))),
    ...section(10, vector(functions.map(({ code }) => code)))
  ]
}
