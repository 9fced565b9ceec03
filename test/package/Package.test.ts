import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync, statSync } from "node:fs"
import { builtinModules } from "node:module"
import { join } from "node:path"
import * as Embedded from "../../src/local/Embedded.ts"
import * as Images from "../../src/local/Images.ts"
import * as PodRunner from "../../src/local/PodRunner.ts"
import * as Sandbox from "../../src/local/Sandbox.ts"
import { missing } from "../../src/local/Servers.ts"
import { Project, root, run } from "./Project.ts"

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly version: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
}

const packageOf = (specifier: string): string => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/")

const node = process.execPath

/** The last line of the app: who was the primary, and who is it now. The log is above. */
const assertMoved = (stdout: string): void => {
  const { first, second } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Record<string, string>
  assert.match(first ?? "", /^example-[0-2]$/)
  assert.match(second ?? "", /^example-[0-2]$/)
  assert.notStrictEqual(first, second)
}

describe("the packed package, installed in an empty project,", () => {
  layer(Project.layer, { timeout: "5 minutes", excludeTestServices: true })((it) => {
    it.effect("holds what is needed at run time, and little else", () =>
      Effect.gen(function* () {
        const { files, folder } = yield* Project
        const stray = files.filter(
          (file) =>
            !/^(dist|examples)\/.*\.(js|d\.ts|ts|yaml)$/.test(file) &&
            !/^docs\/\w+\.md$/.test(file) &&
            !["package.json", "README.md", "ARCHITECTURE.md", "LICENSE"].includes(file)
        )
        assert.deepStrictEqual(stray, [])
        const bytes = files.reduce((sum, file) => sum + statSync(join(folder, "node_modules/gungnir", file)).size, 0)
        assert.isBelow(bytes, 3_000_000)
      })
    )

    it.effect("depends on exactly what it imports", () =>
      Effect.gen(function* () {
        const { files, folder } = yield* Project
        const imported = files
          .filter((file) => file.startsWith("dist/") && file.endsWith(".js"))
          .flatMap((file) => [
            ...readFileSync(join(folder, "node_modules/gungnir", file), "utf8").matchAll(
              /^(?:import|export)\b(?:[^"]* from)? "([^".][^"]*)";$/gm
            )
          ])
          .map(([, specifier]) => packageOf(specifier!))
          .filter((name) => !name.startsWith("node:") && !builtinModules.includes(name))
        const declared = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)]
        assert.deepStrictEqual([...new Set(imported)].toSorted(), declared.toSorted())
      })
    )

    it.effect("exports its entry points and nothing else", () =>
      Effect.gen(function* () {
        const { folder } = yield* Project
        for (const entry of Object.keys(manifest.exports)) {
          const specifier = join("gungnir", entry)
          const script = `const all = await import("${specifier}"); console.log(Object.keys(all).length)`
          const { stdout } = yield* run(folder, [node, "--input-type=module", "--eval", script])
          assert.isAbove(Number(stdout), 5, specifier)
        }
        const private_ = `import("gungnir/dist/domain/Capability.js").catch(({ code }) => console.log(code))`
        const { stdout } = yield* run(folder, [node, "--eval", private_])
        assert.strictEqual(stdout, "ERR_PACKAGE_PATH_NOT_EXPORTED\n")
      })
    )

    it.effect("has types that a strict compiler accepts, libraries checked", () =>
      Effect.gen(function* () {
        const { folder } = yield* Project
        const compiler = join(root, "node_modules/typescript/bin/tsc")
        const { stdout } = yield* run(folder, [node, compiler, "--project", folder])
        assert.strictEqual(stdout, "")
      })
    )

    it.effect("brings the command line", () =>
      Effect.gen(function* () {
        const { folder } = yield* Project
        const gungnir = join(folder, "node_modules/.bin/gungnir")
        assert.include((yield* run(folder, [gungnir, "--version"])).stdout, manifest.version)
        assert.match((yield* run(folder, [gungnir, "crd"])).stdout, /^apiVersion: apiextensions.k8s.io\/v1\n/)
        assert.include((yield* run(folder, [gungnir, "operator", "--help"])).stdout, "--lease-duration")
      })
    )

    it.effect("lets a user's own controller run in memory", () =>
      Effect.gen(function* () {
        const { folder } = yield* Project
        const { stdout } = yield* run(folder, [node, "examples/controller/memory.ts"])
        assert.strictEqual(stdout, `{"text":"Hello world! Hello world!"}\n`)
      })
    )

    it.effect("lets a user check that controller", () =>
      Effect.gen(function* () {
        const { folder } = yield* Project
        const gungnir = join(folder, "node_modules/.bin/gungnir")
        const words = [
          "check",
          "--models",
          "examples/controller/Model.ts",
          "--faults",
          "edit,crash",
          "--output",
          "json"
        ]
        const rows: ReadonlyArray<Record<string, unknown>> = JSON.parse(
          (yield* run(folder, [gungnir, ...words])).stdout
        )
        assert.deepStrictEqual([...new Set(rows.map(({ verdict }) => verdict))], ["holds"])
      })
    )

    it.effect("lets the same controller run on the embedded endpoint", () =>
      Effect.gen(function* () {
        const { folder } = yield* Project
        const { kubeconfigPath } = yield* Embedded.make({ kubeconfigPath: join(folder, "kubeconfig") })
        const { stdout } = yield* run(folder, [node, "examples/controller/live.ts"], { KUBECONFIG: kubeconfigPath })
        assert.strictEqual(stdout, `{"text":"Hello world! Hello world!"}\n`)
      })
    )

    it.effect("lets an app run the failover in memory", () =>
      Effect.gen(function* () {
        const { folder } = yield* Project
        const { stdout } = yield* run(folder, [node, "examples/embed/memory.ts"])
        assertMoved(stdout)
      })
    )

    it.effect("lets the same app run it with valkey-server processes", () =>
      Effect.gen(function* () {
        const { folder } = yield* Project
        const { image, nodes } = yield* Images.valkey(false)
        assert.strictEqual(nodes, "valkey-server", missing("valkey-server"))
        const { kubeconfigPath, send } = yield* Embedded.make({ kubeconfigPath: join(folder, "kubeconfig") })
        yield* PodRunner.make({
          send,
          sandboxes: Sandbox.loopback(79),
          images: () => image,
          folder: join(folder, "pods"),
          node: "local"
        })
        const { stdout } = yield* run(folder, [node, "examples/embed/live.ts"], { KUBECONFIG: kubeconfigPath })
        assertMoved(stdout)
      })
    )
  })
})
