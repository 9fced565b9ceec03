import { assert, describe, it, layer } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parse, stringify } from "yaml"
import { Get, Kubernetes } from "../../src/domain/kube/Kubernetes.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import * as Live from "../../src/interpreters/live/Kubernetes.ts"
import * as Config from "../../src/interpreters/live/KubernetesConfig.ts"
import { find } from "../../src/local/Servers.ts"
import { ControlPlane } from "../servers/ControlPlane.ts"
import * as Shared from "../servers/Shared.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "gungnir-kubeconfig-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const named = Effect.fnUntraced(function* (text: string) {
  const path = join(yield* folder, "kubeconfig")
  writeFileSync(path, text)
  return yield* Effect.flip(Config.find(path))
})

describe("a kubeconfig", () => {
  it.live("that does not exist is named", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Config.find("/no/such/kubeconfig"))
      assert.strictEqual(error.message, "no kubeconfig found: /no/such/kubeconfig was named, but it does not exist")
    })
  )

  it.live("that is broken fails with a line that quotes nothing of it", () =>
    Effect.gen(function* () {
      const broken = yield* named("users:\n- user: { token: s3cr3t\nfoo")
      assert.match(broken.message, /not YAML at line \d/)
      assert.notInclude(broken.message, "s3cr3t")
      assert.include((yield* named("[]")).message, "current-context")
      assert.include((yield* named("")).message, "not a kubeconfig")
      assert.include((yield* named("clusters: []\nusers: []\ncontexts: []\n")).message, "current-context")
      const dangling =
        "clusters: []\nusers: []\ncontexts: [{name: c, context: {cluster: gone, user: u}}]\ncurrent-context: c\n"
      assert.include((yield* named(dangling)).message, 'context "c"')
    })
  )

  it.live("of a pod is only found in a pod", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Config.inCluster)
      assert.include(error.message, "not in a pod")
    })
  )
})

const namespace = Kubernetes.perform(new Get({ resource: Kinds.Namespace, name: "default" }))

layer(Shared.controlPlane, { excludeTestServices: true })("credentials", (it) => {
  it.effect("of a service account reach a real server, and no further than its rules", () =>
    Effect.gen(function* () {
      const { kubeconfigPath } = yield* ControlPlane
      const kubectl = find("kubectl")!
      const { stdout: token } = spawnSync(
        kubectl.command,
        ["--kubeconfig", kubeconfigPath, "create", "token", "default"],
        { encoding: "utf8" }
      )
      const config = parse(readFileSync(kubeconfigPath, "utf8"))
      const path = join(yield* folder, "kubeconfig")
      writeFileSync(path, stringify({ ...config, users: [{ name: "admin", user: { token: token.trim() } }] }))
      const error = yield* Effect.flip(Effect.provide(namespace, Live.layerFromKubeconfig(path)))
      assert.isTrue(error._tag === "KubeError" && error.reason === "Forbidden", error.message)
      assert.include(error.message, "system:serviceaccount:default:default")
    })
  )

  it.effect("that the server does not know are Unauthorized", () =>
    Effect.gen(function* () {
      const { kubeconfigPath } = yield* ControlPlane
      const config = parse(readFileSync(kubeconfigPath, "utf8"))
      const path = join(yield* folder, "kubeconfig")
      writeFileSync(path, stringify({ ...config, users: [{ name: "admin", user: { token: "s3cr3t" } }] }))
      const error = yield* Effect.flip(Effect.provide(namespace, Live.layerFromKubeconfig(path)))
      assert.isTrue(error._tag === "KubeError" && error.reason === "Unauthorized", error.message)
    })
  )

  it.effect("are not sent to a server whose certificate is another's", () =>
    Effect.gen(function* () {
      const { kubeconfigPath, server } = yield* ControlPlane
      const config = parse(readFileSync(kubeconfigPath, "utf8"))
      const path = join(yield* folder, "kubeconfig")
      writeFileSync(path, stringify({ ...config, clusters: [{ name: "gungnir", cluster: { server } }] }))
      const error = yield* Effect.flip(Effect.provide(namespace, Live.layerFromKubeconfig(path)))
      assert.isTrue(error._tag === "KubeError" && error.reason === "Unreachable", error.message)
      assert.include(error.message, "certificate")
    })
  )
})

describe("a connection", () => {
  it.live("through a proxy that cannot be used is an error, not a crash", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "kubeconfig")
      const cluster = { server: "https://127.0.0.1:9", "proxy-url": "socks5://127.0.0.1:9" }
      const contexts = [{ name: "c", context: { cluster: "c", user: "u" } }]
      const users = [{ name: "u", user: { token: "s3cr3t" } }]
      writeFileSync(path, stringify({ clusters: [{ name: "c", cluster }], users, contexts, "current-context": "c" }))
      const error = yield* Effect.flip(Effect.provide(namespace, Live.layerFromKubeconfig(path)))
      assert.isTrue(error._tag === "KubeError" && error.reason === "Unreachable", error.message)
      assert.notInclude(error.message, "s3cr3t")
    })
  )
})
