/** Stock kubectl against the embedded endpoint. */
import { assert, layer } from "@effect/vitest"
import { Effect, Fiber, Queue } from "effect"
import { World } from "./EndpointWorld.ts"

interface Container {
  readonly name: string
  readonly image: string
  readonly env?: ReadonlyArray<{ readonly name: string; readonly value: string }>
}

const manifest = (name: string, containers: ReadonlyArray<Container>, replicas = 2) =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "List",
    items: [
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name },
        spec: { clusterIP: "None", selector: { app: name }, ports: [{ name: "http", port: 80 }] }
      },
      {
        apiVersion: "apps/v1",
        kind: "StatefulSet",
        metadata: { name },
        spec: {
          serviceName: name,
          replicas,
          podManagementPolicy: "Parallel",
          selector: { matchLabels: { app: name } },
          template: { metadata: { labels: { app: name } }, spec: { containers } }
        }
      }
    ]
  })

const configMap = (name: string, data: Record<string, string>) =>
  JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data })

const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "boats.example.org" },
  spec: {
    group: "example.org",
    names: { kind: "Boat", plural: "boats", singular: "boat", shortNames: ["bt"] },
    scope: "Namespaced",
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        additionalPrinterColumns: [{ name: "Oars", type: "integer", jsonPath: ".spec.oars" }],
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            description: "A boat.",
            properties: {
              spec: {
                type: "object",
                properties: {
                  oars: { type: "integer", minimum: 1, description: "How many." },
                  flags: { type: "array", items: { type: "string" } }
                }
              },
              status: { type: "object", "x-kubernetes-preserve-unknown-fields": true }
            }
          }
        }
      }
    ]
  }
}

const boat = (spec: object) =>
  JSON.stringify({ apiVersion: "example.org/v1", kind: "Boat", metadata: { name: "b" }, spec })

/** The containers of a set's template, as the world has them. */
const containersOf = (set: unknown) =>
  (
    set as {
      readonly spec: { readonly template: { readonly spec: { readonly containers: ReadonlyArray<Container> } } }
    }
  ).spec.template.spec.containers

const apply = ["apply", "-f", "-"]

layer(World.layer, { excludeTestServices: true })("kubectl on the embedded endpoint", (it) => {
  it.effect("a client-side apply changes what the manifest changes and nothing else", () =>
    Effect.gen(function* () {
      const { kubectl, object, ok } = yield* World
      const kept = { name: "K", value: "0" }
      const env = [{ name: "A", value: "1" }, kept]
      const first = yield* ok(apply, { input: manifest("web", [{ name: "c", image: "x:1", env }]) })
      assert.match(first, /service\/web created\nstatefulset.apps\/web created/)
      assert.match(yield* ok(apply, { input: manifest("web", [{ name: "c", image: "x:1", env }]) }), /web unchanged$/m)
      // Somebody else adds a variable; the next apply takes A away and leaves B.
      const added = JSON.stringify({
        spec: { template: { spec: { containers: [{ name: "c", env: [{ name: "B", value: "2" }] }] } } }
      })
      yield* ok(["patch", "statefulset", "web", "-p", added])
      const changed = yield* kubectl(apply, { input: manifest("web", [{ name: "c", image: "x:2", env: [kept] }]) })
      assert.deepStrictEqual([changed.code, changed.stderr], [0, ""])
      const [container] = containersOf(yield* object("apps/statefulsets", "default/web"))
      assert.strictEqual(container?.image, "x:2")
      assert.sameDeepMembers([...(container?.env ?? [])], [kept, { name: "B", value: "2" }])
    })
  )

  it.effect("a custom resource is defined, applied with a three-way merge, shown by its columns and explained", () =>
    Effect.gen(function* () {
      const { kubectl, object, ok } = yield* World
      yield* ok(apply, { input: JSON.stringify(definition) })
      yield* ok("wait --for=condition=Established crd/boats.example.org --timeout=20s")
      assert.match(yield* ok(apply, { input: boat({ oars: 2, flags: ["a"] }) }), /boat.example.org\/b created/)
      yield* ok(["patch", "boat", "b", "--type=merge", "-p", '{"spec":{"flags":["a","b"]}}'])
      assert.match(yield* ok(apply, { input: boat({ oars: 3 }) }), /configured/)
      assert.deepStrictEqual((yield* object("example.org/boats", "default/b"))?.["spec"], { oars: 3 })
      assert.match(yield* ok("get bt"), /^NAME +OARS\nb +3\n$/)
      assert.match(yield* ok("explain boat.spec.oars"), /How many\./)
      const refused = yield* kubectl(apply, { input: boat({ oars: 0 }) })
      assert.match(refused.stderr, /spec.oars: Invalid value: 0/)
    })
  )

  it.effect("a server-side apply names the manager that it would take fields from, and takes them by force", () =>
    Effect.gen(function* () {
      const { kubectl, object, ok } = yield* World
      const as = (manager: string, ...more: ReadonlyArray<string>) => [
        "apply",
        "--server-side",
        `--field-manager=${manager}`,
        ...more,
        "-f",
        "-"
      ]
      yield* ok(as("one"), { input: configMap("ssa", { a: "1" }) })
      const refused = yield* kubectl(as("two"), { input: configMap("ssa", { a: "2" }) })
      assert.strictEqual(refused.code, 1)
      assert.match(refused.stderr, /conflict with "one": \.data\.a/)
      yield* ok(as("two", "--force-conflicts"), { input: configMap("ssa", { a: "2" }) })
      const stored = yield* object("/configmaps", "default/ssa")
      assert.deepStrictEqual(stored?.["data"], { a: "2" })
      assert.include(yield* ok("get cm ssa -o yaml --show-managed-fields"), "manager: two")
    })
  )

  it.effect("pods come up, wait sees them Ready, and get shows them in every form", () =>
    Effect.gen(function* () {
      const { objects, ok } = yield* World
      yield* ok(apply, { input: manifest("ready", [{ name: "c", image: "x:1" }]) })
      yield* ok("rollout status sts/ready --timeout=20s")
      yield* ok("wait --for=condition=Ready pod -l app=ready --timeout=20s")
      const wide = yield* ok("get pods -l app=ready -o wide")
      assert.match(wide, /^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES\n/)
      assert.match(wide, /\nready-1 +1\/1 +Running +0 +\d+s +127\.101\.0\.2 +node-[ab] +<none> +<none>\n/)
      assert.strictEqual(yield* ok(["get", "pod", "ready-0", "-o", "jsonpath={.status.phase}"]), "Running")
      assert.strictEqual(yield* ok("get pods -l app=ready -o name"), "pod/ready-0\npod/ready-1\n")
      assert.match(yield* ok("get pods -l app=ready --sort-by=.metadata.name --no-headers"), /^ready-0 .*\nready-1 /)
      assert.match(yield* ok("get pods -l app=ready -L app --no-headers"), /^ready-0 .* ready\n/)
      assert.match(yield* ok("get pods --field-selector status.phase=Pending"), /^$/)
      const slice = (yield* objects("discovery.k8s.io/endpointslices")).find(
        ({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === "ready"
      )
      const endpoints = slice?.["endpoints"] as ReadonlyArray<{ readonly addresses: ReadonlyArray<string> }>
      assert.sameMembers(
        endpoints.flatMap(({ addresses }) => addresses),
        ["127.101.0.1", "127.101.0.2"]
      )
    })
  )

  it.effect("describe tells about pods, sets, services and nodes", () =>
    Effect.gen(function* () {
      const { ok } = yield* World
      yield* ok(apply, { input: manifest("told", [{ name: "c", image: "x:1" }], 1) })
      yield* ok("rollout status sts/told --timeout=20s")
      assert.match(yield* ok("describe pod told-0"), /Controlled By: +StatefulSet\/told\n/)
      assert.match(yield* ok("describe sts told"), /Pods Status: +1 Running \/ 0 Waiting/)
      assert.match(yield* ok("describe svc told"), /Endpoints: +127\.101\.0\.1:80\n/)
      assert.match(yield* ok("describe node node-a"), /Name: +node-a\n/)
    })
  )

  it.effect("get -w shows changes as they come", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { following, ok } = yield* World
        yield* ok(apply, { input: configMap("watched", { a: "1" }) })
        const lines = yield* following("get cm -w --field-selector metadata.name=watched")
        assert.match(yield* Queue.take(lines), /^NAME +DATA +AGE$/)
        assert.match(yield* Queue.take(lines), /^watched +1 /)
        yield* ok(["patch", "cm", "watched", "-p", '{"data":{"b":"2"}}'])
        assert.match(yield* Queue.take(lines), /^watched +2 /)
        yield* ok("delete cm watched")
        assert.match(yield* Queue.take(lines), /^watched +2 /)
      })
    )
  )

  it.effect("patch of each type does what its type says", () =>
    Effect.gen(function* () {
      const { kubectl, object, ok } = yield* World
      yield* ok("create cm patched --from-literal=a=1 --from-literal=b=2")
      yield* ok(["patch", "cm", "patched", "-p", '{"data":{"c":"3"}}'])
      yield* ok(["patch", "cm", "patched", "--type=merge", "-p", '{"data":{"a":null}}'])
      yield* ok([
        "patch",
        "cm",
        "patched",
        "--type=json",
        "-p",
        '[{"op":"test","path":"/data/b","value":"2"},{"op":"move","from":"/data/b","path":"/data/d"}]'
      ])
      assert.deepStrictEqual((yield* object("/configmaps", "default/patched"))?.["data"], { c: "3", d: "2" })
      const refused = yield* kubectl([
        "patch",
        "cm",
        "patched",
        "--type=json",
        "-p",
        '[{"op":"test","path":"/data/d","value":"9"}]'
      ])
      assert.strictEqual(refused.code, 1)
    })
  )

  it.effect("scale changes the number of pods", () =>
    Effect.gen(function* () {
      const { object, ok } = yield* World
      yield* ok(apply, { input: manifest("scaled", [{ name: "c", image: "x:1" }], 1) })
      yield* ok("scale sts scaled --current-replicas=1 --replicas=3")
      yield* ok(["wait", "--for=jsonpath={.status.readyReplicas}=3", "sts/scaled", "--timeout=20s"])
      assert.isDefined(yield* object("/pods", "default/scaled-2"))
      yield* ok("scale sts scaled --replicas=0")
      yield* ok("wait --for=delete pod -l app=scaled --timeout=20s")
      assert.isUndefined(yield* object("/pods", "default/scaled-0"))
    })
  )

  it.effect("delete waits until finalizers let the object go", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { following, object, ok } = yield* World
        yield* ok("create cm held")
        yield* ok(["patch", "cm", "held", "--type=merge", "-p", '{"metadata":{"finalizers":["example.org/hold"]}}'])
        const lines = yield* following('get cm held -w -o jsonpath={.metadata.deletionTimestamp}{"\\n"}')
        assert.strictEqual(yield* Queue.take(lines), "")
        const deleting = yield* Effect.forkChild(ok("delete cm held --wait --timeout=20s"))
        assert.match(yield* Queue.take(lines), /^\d{4}-/)
        assert.isUndefined(deleting.pollUnsafe())
        yield* ok(["patch", "cm", "held", "--type=merge", "-p", '{"metadata":{"finalizers":null}}'])
        assert.match(yield* Fiber.join(deleting), /configmap "held" deleted/)
        assert.isUndefined(yield* object("/configmaps", "default/held"))
      })
    )
  )

  it.effect("edit writes back what the editor left", () =>
    Effect.gen(function* () {
      const { object, ok, script } = yield* World
      yield* ok("create cm edited --from-literal=a=1")
      const editor = script("editor", '#!/bin/sh\nsed -i "s/^  a: .*/  a: changed/" "$1"\n')
      assert.match(yield* ok("edit cm edited", { env: { KUBE_EDITOR: editor } }), /configmap\/edited edited/)
      assert.deepStrictEqual((yield* object("/configmaps", "default/edited"))?.["data"], { a: "changed" })
    })
  )

  it.effect("the create subcommands are understood, whatever encoding they choose", () =>
    Effect.gen(function* () {
      const { object, ok } = yield* World
      yield* ok("create namespace made")
      yield* ok("create secret generic s -n made --from-literal=word=open")
      yield* ok("create serviceaccount robot -n made")
      yield* ok(["create", "pdb", "b", "-n", "made", "--selector=a in (b,c)", "--min-available=50%"])
      yield* ok("create service clusterip svc -n made --tcp=80:http --tcp=81:8081")
      assert.deepStrictEqual((yield* object("/secrets", "made/s"))?.["data"], { word: "b3Blbg==" })
      const budget = yield* object("policy/poddisruptionbudgets", "made/b")
      assert.deepStrictEqual(budget?.["spec"], {
        minAvailable: "50%",
        selector: { matchExpressions: [{ key: "a", operator: "In", values: ["b", "c"] }] }
      })
      const service = (yield* object("/services", "made/svc"))?.["spec"] as { readonly ports: ReadonlyArray<object> }
      assert.deepStrictEqual(service.ports, [
        { name: "80-http", protocol: "TCP", port: 80, targetPort: "http" },
        { name: "81-8081", protocol: "TCP", port: 81, targetPort: 8081 }
      ])
      yield* ok("delete namespace made --timeout=20s")
      assert.isUndefined(yield* object("/secrets", "made/s"))
    })
  )

  it.effect("drain evicts the pods of a node, and cordon keeps new ones away", () =>
    Effect.gen(function* () {
      const { object, ok } = yield* World
      yield* ok(apply, { input: manifest("moved", [{ name: "c", image: "x:1" }], 1) })
      yield* ok("rollout status sts/moved --timeout=20s")
      const node = yield* ok(["get", "pod", "moved-0", "-o", "jsonpath={.spec.nodeName}"])
      yield* ok(`drain ${node} --ignore-daemonsets --delete-emptydir-data --timeout=20s`)
      yield* ok("rollout status sts/moved --timeout=20s")
      const pod = (yield* object("/pods", "default/moved-0"))?.["spec"] as { readonly nodeName?: string }
      assert.notStrictEqual(pod.nodeName, node)
      yield* ok(`uncordon ${node}`)
    })
  )

  it.effect("api-resources, explain, version and the raw documents tell what is served", () =>
    Effect.gen(function* () {
      const { ok } = yield* World
      const resources = yield* ok("api-resources --no-headers")
      assert.match(resources, /^pods +po +v1 +true +Pod$/m)
      assert.match(resources, /^statefulsets +sts +apps\/v1 +true +StatefulSet$/m)
      assert.match(yield* ok("api-versions"), /^coordination.k8s.io\/v1$/m)
      assert.match(yield* ok("explain sts.spec.template.spec.containers.env"), /name\t<string> -required-/)
      assert.match(yield* ok("explain pod --recursive"), /\n {2}spec\t<PodSpec>\n/)
      assert.match(yield* ok("version"), /Server Version: v1\.34\./)
      assert.strictEqual(yield* ok("get --raw /readyz"), "ok")
    })
  )

  it.effect("what the API refuses, kubectl reports in the words of the API", () =>
    Effect.gen(function* () {
      const { kubectl } = yield* World
      const said = (words: string | ReadonlyArray<string>, input = "") =>
        Effect.map(kubectl(words, { input }), ({ code, stderr }) => {
          assert.strictEqual(code, 1)
          return stderr
        })
      assert.include(yield* said("get cm nowhere"), 'Error from server (NotFound): configmaps "nowhere" not found')
      assert.include(yield* said("get nonsense"), 'the server doesn\'t have a resource type "nonsense"')
      assert.include(yield* said(apply, configMap("UPPER", {})), 'The ConfigMap "UPPER" is invalid: metadata.name')
      const unknown = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "u" }, dat: {} })
      assert.include(yield* said(apply, unknown), 'unknown field "dat"')
      assert.include(yield* said(["delete", "ns", "default"]), "(Forbidden)")
    })
  )
})
