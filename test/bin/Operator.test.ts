/** `gungnir operator` as users start it: its flags, its endpoints, its end. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { type AddressInfo, createServer, type Server } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Get, Kubernetes } from "../../src/domain/kube/Kubernetes.ts"
import { Lease } from "../../src/domain/kube/Object.ts"
import * as LiveKubernetes from "../../src/interpreters/live/Kubernetes.ts"
import * as Process from "../../src/local/Process.ts"
import { ControlPlane } from "../servers/ControlPlane.ts"
import { freePorts } from "../servers/Processes.ts"
import { controlPlane } from "../servers/Shared.ts"

const program = join(import.meta.dirname, "../../src/bin/gungnir.ts")

const run = (...words: ReadonlyArray<string>) =>
  spawnSync(process.execPath, [program, "operator", ...words], { encoding: "utf8", timeout: 20_000 })

const lastLine = (text: string): string => text.trimEnd().split("\n").at(-1) ?? ""

/** Nobody listens at its server. */
const nobodysKubeconfig = JSON.stringify({
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name: "nobody", cluster: { server: "http://127.0.0.1:9" } }],
  users: [{ name: "nobody", user: {} }],
  contexts: [{ name: "nobody", context: { cluster: "nobody", user: "nobody" } }],
  "current-context": "nobody"
})

describe("the flags of the operator", () => {
  it("are refused when nobody knows them", () => {
    const { status, stderr } = run("--ping-intervall", "5")
    assert.strictEqual(status, 1)
    assert.include(stderr, "Unrecognized flag: --ping-intervall")
  })

  it("have one meaning each in the help", () => {
    const { status, stdout } = run("--help")
    assert.strictEqual(status, 0)
    const names = stdout
      .split("\n")
      .flatMap((line) => /^ {2}(--?[^<]*?)(?: {2}|$| <| [a-z]+ {2})/.exec(line)?.[1]?.split(", ") ?? [])
    assert.includeMembers(names, ["--verbose", "-v", "--version"])
    assert.sameMembers([...new Set(names)], names)
  })

  it("say `-v` for --verbose, and never the version", () => {
    const { status, stdout } = run("-v", "--kubeconfig", "/does/not/exist")
    assert.deepStrictEqual({ status, stdout }, { status: 1, stdout: "" })
  })

  for (const words of [
    ["--ping-interval", "abc"],
    ["--ping-interval=0"],
    ["--health-port", "70000"],
    ["--log-format=xml"]
  ]) {
    it(`are refused with a value that is none: ${words.join(" ")}`, () => {
      const { status, stderr } = run(...words)
      assert.strictEqual(status, 1)
      assert.include(stderr, words[0]!.split("=")[0]!)
    })
  }

  it("are refused when they do not fit together, in one line", () => {
    const { status, stderr } = run("--lease-duration=1000")
    assert.strictEqual(status, 1)
    assert.strictEqual(
      stderr,
      "gungnir: these flags do not fit together: lease duration 1000 ms must exceed the renew deadline 4000 ms\n"
    )
  })

  it("name a kubeconfig that must be there", () => {
    const { status, stderr } = run("--kubeconfig", "/does/not/exist")
    assert.strictEqual(status, 1)
    assert.strictEqual(
      lastLine(stderr),
      "gungnir: no kubeconfig found: /does/not/exist was named, but it does not exist"
    )
  })
})

describe("the health port", () => {
  it.live("that somebody else listens on is named, in one line", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "gungnir-operator-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true }))
      )
      const kubeconfig = join(folder, "kubeconfig")
      writeFileSync(kubeconfig, nobodysKubeconfig)
      const taken = yield* Effect.acquireRelease(
        Effect.callback<Server>((resume) => {
          const server = createServer().listen(0, () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.sync(() => server.close())
      )
      const { port } = taken.address() as AddressInfo
      const { status, stderr } = run("--kubeconfig", kubeconfig, `--health-port=${port}`)
      assert.strictEqual(status, 1)
      assert.match(
        lastLine(stderr),
        new RegExp(`^gungnir: /healthz and /readyz cannot be served on port ${port}: .*EADDRINUSE.*--health-port$`)
      )
    })
  )
})

interface Operator {
  readonly process: Process.Running
  readonly url: string
  readonly log: () => string
}

const start = (...flags: ReadonlyArray<string>): Effect.Effect<Operator, never, ControlPlane | Scope.Scope> =>
  Effect.gen(function* () {
    const { kubeconfigPath } = yield* ControlPlane
    const [port] = yield* Effect.orDie(freePorts(1))
    let text = ""
    const command = [process.execPath, program, "operator", "--kubeconfig", kubeconfigPath, `--health-port=${port}`]
    const running = yield* Process.run([...command, "--lease-namespace=default", ...flags], process.env, (more) => {
      text += more
    })
    return { process: running, url: `http://127.0.0.1:${port}`, log: () => text }
  })

const status = (url: string): Effect.Effect<number> =>
  Effect.promise(() =>
    fetch(url).then(
      (reply) => reply.status,
      () => 0
    )
  )

const until = (check: Effect.Effect<boolean, unknown, Kubernetes>): Effect.Effect<void, never, Kubernetes> =>
  Effect.suspend(() =>
    Effect.flatMap(
      Effect.orElseSucceed(check, () => false),
      (isTrue) => (isTrue ? Effect.void : Effect.andThen(Effect.sleep("50 millis"), until(check)))
    )
  )

const holder = (name: string) =>
  Effect.map(
    Kubernetes.use((kubernetes) => kubernetes.perform(new Get({ resource: Lease, namespace: "default", name }))),
    (lease) => (lease["spec"] as { holderIdentity?: string }).holderIdentity ?? ""
  )

const live = Layer.provideMerge(
  Layer.unwrap(Effect.map(ControlPlane, ({ kubeconfigPath }) => LiveKubernetes.layerFromKubeconfig(kubeconfigPath))),
  controlPlane
)

describe("a running operator", () => {
  it.live("is healthy, becomes ready, holds the Lease, and gives it back on SIGTERM", () =>
    Effect.gen(function* () {
      const operator = yield* start("--lease-name=ends-in-order", "--log-format=json", "--identity", "me")
      yield* until(Effect.map(status(`${operator.url}/healthz`), (code) => code === 200))
      yield* until(Effect.map(holder("ends-in-order"), (name) => name === "me"))
      operator.process.signal("SIGTERM")
      yield* operator.process.exit
      assert.strictEqual(yield* holder("ends-in-order"), "")
      for (const line of operator.log().trimEnd().split("\n")) assert.isObject(JSON.parse(line))
    }).pipe(Effect.scoped, Effect.provide(live))
  )

  it.live("says that the CustomResourceDefinition is not installed, and is not ready", () =>
    Effect.gen(function* () {
      const operator = yield* start("--lease-name=no-crd", "--namespace=default")
      yield* until(Effect.sync(() => operator.log().includes("cannot watch valkeyclusters.valkey.verilean.io")))
      assert.include(operator.log(), "install the CustomResourceDefinition")
      assert.strictEqual(yield* status(`${operator.url}/readyz`), 503)
    }).pipe(Effect.scoped, Effect.provide(live))
  )
})
