import { assert, describe, it } from "@effect/vitest"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"

/** Which folders of `src` each folder may import from (ARCHITECTURE.md, "The import table"). */
const allowed: Record<string, ReadonlyArray<string>> = {
  domain: ["domain"],
  models: ["domain", "models"],
  programs: ["domain", "programs"],
  interpreters: ["domain", "models", "interpreters"],
  laws: ["domain", "models", "programs", "laws"],
  local: ["domain", "models", "interpreters", "local"],
  bin: ["domain", "models", "programs", "interpreters", "laws", "local", "bin"]
}

const mostLines = 350

/** Longer files, and why they are one file. */
const long: Record<string, string> = {
  "test/domain/valkey/Decide.test.ts": "the scenario families of the decision, one after another",
  "test/conformance/Subjects.ts": "one table of sample objects"
}

/** Hosts that text here may name: none that packages or servers come from, so that any mirror will do. */
const hosts = ["127.0.0.1", "localhost", "kubernetes.io", "git.k8s.io", "www.apache.org", "valkey.io", "effect.website"]

const root = resolve(import.meta.dirname, "..")

const filesBelow = (folder: string): ReadonlyArray<string> =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name, parentPath }) => relative(root, join(parentPath, name)))
    : []

const read = (path: string): string => readFileSync(join(root, path), "utf8")

const sources = filesBelow("src").filter((path) => path.endsWith(".ts"))
const isEntryPoint = (path: string): boolean => dirname(path) === "src"
const ours = ["src", "test", "examples", "scripts", "bench", "docs", ".ci"].flatMap(filesBelow)
const atRoot = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name !== "package-lock.json")
  .map(({ name }) => name)

/** The program text alone. A `//` inside a text looks like a comment; nothing searched for here stands behind one. */
const code = (path: string): string => read(path).replaceAll(/\/\*[^]*?\*\/|\/\/.*$/gm, "")

const importsOf = (path: string): ReadonlyArray<string> =>
  [...code(path).matchAll(/(?:\bfrom|\bimport\(?) ?"([^"]+)"/g)].map(([, target]) => target!)

const inSources = (pattern: RegExp, paths = sources): ReadonlyArray<string> =>
  paths.filter((path) => pattern.test(code(path)))

describe("tidy", () => {
  it("folders import inwards only", () => {
    const wrong = sources
      .filter((path) => !isEntryPoint(path))
      .flatMap((path) => {
        const folder = path.split("/")[1]!
        return importsOf(path)
          .filter((target) => target.startsWith("."))
          .map((target) => relative(join(root, "src"), resolve(root, dirname(path), target)).split("/")[0]!)
          .filter((imported) => !(allowed[folder] ?? []).includes(imported))
          .map((imported) => `${path} must not import ${imported}`)
      })
    assert.deepStrictEqual(wrong, [])
    assert.isAbove(sources.length, 100)
  })

  it("domain, models, programs and laws know no machine", () => {
    const pure = sources.filter((path) => /^src\/(domain|models|programs|laws)\//.test(path))
    assert.deepStrictEqual(
      pure.flatMap((path) => importsOf(path).filter((target) => target.startsWith("node:"))),
      []
    )
  })

  it("only the entry points gather exports", () => {
    const gathers = (path: string) =>
      code(path)
        .replaceAll(/^(import|export)\b[^=;]*?from "[^"]+"$/gm, "")
        .trim() === ""
    assert.deepStrictEqual(sources.filter((path) => gathers(path) || path.endsWith("/index.ts")).toSorted(), [
      "src/check.ts",
      "src/index.ts",
      "src/kube.ts",
      "src/testing.ts",
      "src/valkey.ts"
    ])
  })

  it("time and chance come from Effect's services, and nothing prints past them", () => {
    assert.deepStrictEqual(inSources(/\b(Date\.now|performance\.now|Math\.random)\b|\bnew Date\(\)/), [])
    assert.deepStrictEqual(inSources(/\b(setTimeout|setInterval|setImmediate)\(/), [])
    assert.deepStrictEqual(inSources(/\bconsole\./), [])
  })

  it("no types are forced, no work is announced", () => {
    const everywhere = ours.filter((path) => path.endsWith(".ts") && path !== "test/tidy.test.ts")
    assert.deepStrictEqual(inSources(/\bas any\b/, everywhere), [])
    assert.deepStrictEqual(
      everywhere.filter((path) => /@ts-(ignore|nocheck|expect-error)|\b(TODO|FIXME|XXX)\b/.test(read(path))),
      []
    )
  })

  it("files are short enough to be read", () => {
    const tooLong = ours
      .filter((path) => path.endsWith(".ts"))
      .filter((path) => read(path).split("\n").length - 1 > mostLines && long[path] === undefined)
    assert.deepStrictEqual(tooLong, [])
  })

  it("no file names the host of a registry or of a mirror", () => {
    const named = [...ours, ...atRoot]
      .filter((path) => !path.endsWith("go.sum"))
      .flatMap((path) =>
        [...read(path).matchAll(/https?:\/\/([a-z0-9.-]+\.[a-z]{2,})/gi)].map(([, host]) => ({ path, host: host! }))
      )
      .filter(({ host }) => !hosts.includes(host) && !host.endsWith(".local") && !host.endsWith(".test"))
    assert.deepStrictEqual(named, [])
    assert.notInclude(read("package-lock.json"), `"resolved"`)
  })

  it("the lockfile has every platform's package that it lists, or npm ci refuses it", () => {
    const { packages } = JSON.parse(read("package-lock.json")) as {
      readonly packages: Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>>
    }
    const listed = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    assert.deepStrictEqual(
      listed.filter((name) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`))),
      []
    )
    assert.isAbove(listed.length, 20)
  })
})
