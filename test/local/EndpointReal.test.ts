/** Requests that are wrong, to the endpoint and to a real kube-apiserver 1.34: both refuse them alike. */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, SubscriptionRef } from "effect"
import * as Config from "../../src/interpreters/live/KubernetesConfig.ts"
import * as Http from "../../src/interpreters/live/KubernetesHttp.ts"
import { ControlPlane } from "../servers/ControlPlane.ts"
import * as Shared from "../servers/Shared.ts"
import { World } from "./EndpointWorld.ts"

interface Sent {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS"
  readonly path: string
  readonly type?: string
  readonly accept?: string
  readonly body?: string
}

const namespace = `edge-${process.pid}`
const maps = `/api/v1/namespaces/${namespace}/configmaps`
const json = "application/json"
const yaml = "application/yaml"

const sent = (method: Sent["method"], path: string, body?: string, type = json, accept?: string): Sent => ({
  method,
  path,
  ...(body === undefined ? {} : { body, type }),
  ...(accept === undefined ? {} : { accept })
})

const get = (path: string, accept?: string): Sent => sent("GET", path, undefined, json, accept)

/** By what is wrong with it. */
const wrong: Readonly<Record<string, Sent>> = {
  "JSON that is none": sent("POST", maps, "garbage"),
  "JSON that is cut": sent("POST", maps, '{"metadata":'),
  "no body": sent("POST", maps, ""),
  "a body that is text": sent("POST", maps, '"text"'),
  "a body that is a list": sent("POST", maps, "[]"),
  "YAML that is cut": sent("POST", maps, "a: [b", yaml),
  "a long body that is none": sent("POST", maps, "x".repeat(100)),
  "an update with JSON that is none": sent("PUT", `${maps}/there`, "garbage"),
  "a type of body that no one knows": sent("POST", maps, "{}", "text/plain"),
  "another kind": sent("POST", maps, '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"}}'),
  "a kind that no one knows": sent("POST", maps, '{"apiVersion":"v9","kind":"Nothing","metadata":{"name":"x"}}'),
  "a merge patch that is none": sent("PATCH", `${maps}/there`, "garbage", "application/merge-patch+json"),
  "a JSON patch that is none": sent("PATCH", `${maps}/there`, "garbage", "application/json-patch+json"),
  "a strategic patch that is none": sent("PATCH", `${maps}/there`, "garbage", "application/strategic-merge-patch+json"),
  "a patch that is none, of nothing": sent("PATCH", `${maps}/nowhere`, "garbage", "application/merge-patch+json"),
  "a patch of no type": sent("PATCH", `${maps}/there`, "{}", json),
  "an apply without a manager": sent("PATCH", `${maps}/there`, "{}", "application/apply-patch+yaml"),
  "options of a delete that are none": sent("DELETE", `${maps}/there`, "garbage"),
  "options of a delete in another type": sent("DELETE", `${maps}/there`, "x", "text/plain"),
  "more depth than anyone reads": sent("POST", maps, `${'{"data":'.repeat(200_000)}{}${"}".repeat(200_000)}`),
  "too much depth in a merge patch": sent(
    "PATCH",
    `${maps}/there`,
    `${'{"data":'.repeat(200_000)}{}${"}".repeat(200_000)}`,
    "application/merge-patch+json"
  ),
  "too much depth in YAML": sent("POST", maps, `a: ${"[".repeat(20_000)}${"]".repeat(20_000)}`, yaml),
  "aliases of aliases": sent(
    "POST",
    maps,
    `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n`,
    yaml
  ),
  "too much": sent("POST", maps, "x".repeat(3 * 1024 * 1024 + 1)),
  "a method that collections do not have": sent("PUT", maps, "{}"),
  "a method that no one has": { method: "OPTIONS", path: maps },
  "a method that discovery does not have": sent("POST", "/api", "{}"),
  "a path of nothing": get("/nothing"),
  "a resource of nothing": get("/api/v1/nothing"),
  "a resource of nothing in a namespace": get(`/api/v1/namespaces/${namespace}/nothing/x`),
  "a group of nothing": get("/apis/nothing.example.org/v1"),
  "a version of nothing": get("/api/v2"),
  "a resource of a group of nothing": get("/apis/apps/v1/nothing"),
  "empty parts of a path": get("//api"),
  "a limit that is no number": get(`${maps}?limit=abc`),
  "a watch until no time": get(`${maps}?watch=true&timeoutSeconds=abc`),
  "a watch after no version": get(`${maps}?watch=true&resourceVersion=abc`),
  "a watch of fields that are none": get(`${maps}?watch=true&fieldSelector=nothing%3Dx`),
  "a selector that is none": get(`${maps}?labelSelector=%2C%2C`),
  "the first of two values": get(`${maps}/nowhere?resourceVersion=abc&resourceVersion=1`),
  "a table of nothing": get(`${maps}/nowhere`, "application/json;as=Table;v=v1;g=meta.k8s.io"),
  "a form that no one has": get(maps, "application/json;as=Table;v=v9;g=meta.k8s.io")
}

/** Scalars without quotes, of which some are no text. */
const words =
  "y n yes no on off Yes ON true True TRUE false 1 0777 0x1f 0b11 1_000 +1 1e3 1.5 .5 12:30:45 2020-01-01 2020-01-01T00:00:00Z a = text '1'".split(
    " "
  )

/** What a YAML reader says about a text is its own business; that it refuses it, and at which line, is not. */
const plain = (text: string): string => text.replace(/(yaml: line \d+: )[^"]*?(?= \([0-9a-f]+\)|")/, "$1...")

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const clientOf = Effect.fnUntraced(function* (kubeconfigPath: string) {
  const connection = yield* Config.connections(yield* Config.find(kubeconfigPath), { connectMillis: 3000 })
  return Effect.fnUntraced(function* ({ accept, body, method, path, type }: Sent) {
    const { dispatcher, headers, origin } = yield* connection
    const reply = yield* Http.open(dispatcher, {
      origin,
      path,
      method,
      headers: {
        ...headers,
        "user-agent": "edge",
        accept: accept ?? json,
        ...(type === undefined ? {} : { "content-type": type })
      },
      ...(body === undefined ? {} : { body })
    })
    const text = yield* Http.text(reply.body)
    return { status: reply.status, type: reply.headers["content-type"], body: parsed(plain(text)) }
  }, Effect.scoped)
})

layer(Layer.provideMerge(World.layer, Shared.controlPlane), { excludeTestServices: true })(
  "requests that are wrong",
  (it) => {
    it.effect("get the answer that a real server gives", () =>
      Effect.gen(function* () {
        const ours = yield* clientOf((yield* World).kubeconfigPath)
        const real = yield* clientOf((yield* ControlPlane).kubeconfigPath)
        const both = (request: Sent) => Effect.all([ours(request), real(request)])
        yield* both(sent("POST", "/api/v1/namespaces", JSON.stringify({ metadata: { name: namespace } })))
        yield* both(sent("POST", maps, JSON.stringify({ metadata: { name: "there" } })))
        for (const [name, request] of Object.entries(wrong)) {
          const [answer, expected] = yield* both(request)
          assert.deepStrictEqual(answer, expected, name)
        }
        yield* both(sent("DELETE", `/api/v1/namespaces/${namespace}`))
      }).pipe(Effect.scoped)
    )

    it.effect("and words of YAML mean what they mean to a real server", () =>
      Effect.gen(function* () {
        const ours = yield* clientOf((yield* World).kubeconfigPath)
        const real = yield* clientOf((yield* ControlPlane).kubeconfigPath)
        const differing: Array<unknown> = []
        for (const word of words) {
          const body = `metadata:\n  name: x\n  annotations:\n    key: ${word}\n`
          const key = `metadata:\n  name: x\n  annotations:\n    ${word}: value\n`
          for (const text of [body, key]) {
            const request = sent("POST", "/api/v1/namespaces/default/configmaps?dryRun=All", text, yaml)
            const shown = (answer: { readonly status: number; readonly body: unknown }) => {
              const { message, metadata } = answer.body as {
                readonly message?: string
                readonly metadata: { readonly annotations?: unknown }
              }
              return { word, status: answer.status, message, annotations: metadata.annotations }
            }
            const [answer, expected] = [shown(yield* ours(request)), shown(yield* real(request))]
            if (JSON.stringify(answer) !== JSON.stringify(expected)) differing.push({ answer, expected })
          }
        }
        assert.deepStrictEqual(differing, [])
      }).pipe(Effect.scoped)
    )

    it.effect("change nothing", () =>
      Effect.gen(function* () {
        const { kubeconfigPath, world } = yield* World
        const ours = yield* clientOf(kubeconfigPath)
        const before = yield* Effect.map(SubscriptionRef.get(world), ({ objects }) => objects.get("/configmaps"))
        for (const request of Object.values(wrong)) yield* ours(request)
        assert.strictEqual((yield* SubscriptionRef.get(world)).objects.get("/configmaps"), before)
      }).pipe(Effect.scoped)
    )
  }
)
