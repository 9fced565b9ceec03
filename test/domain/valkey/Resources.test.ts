import { assert, describe, it } from "@effect/vitest"
import { execFileSync, spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { KubeObject } from "../../../src/domain/kube/Object.ts"
import { checksum, configMap, durability } from "../../../src/domain/valkey/resources/Config.ts"
import { names, selectorLabels, selectorText } from "../../../src/domain/valkey/resources/Metadata.ts"
import { podDisruptionBudget } from "../../../src/domain/valkey/resources/PodDisruptionBudget.ts"
import { templateDiffers, unsupportedChange } from "../../../src/domain/valkey/resources/Rollout.ts"
import * as Scripts from "../../../src/domain/valkey/resources/Scripts.ts"
import { podSelector, routedPod } from "../../../src/domain/valkey/resources/Services.ts"
import { statefulSet } from "../../../src/domain/valkey/resources/StatefulSet.ts"
import { subResources, type SubResource } from "../../../src/domain/valkey/resources/SubResources.ts"
import { cluster, ValidSpec } from "./Clusters.ts"

const three = cluster()
const named = (name: SubResource["name"], of = three) => subResources(of).find((sub) => sub.name === name)!.object
const specOf = (object: KubeObject) => object["spec"] as Record<string, any> // read by path in assertions only
const podOf = (object: KubeObject) => specOf(object)["template"].spec
const config = (of = three) => (configMap(of)["data"] as Record<string, string>)["valkey.conf"]!

describe("the sub-resources", () => {
  it("come in the order in which they are made, under their names", () => {
    assert.deepStrictEqual(
      subResources(three).map(({ name, object, resource }) => [name, resource.plural, object.metadata.name]),
      [
        ["HeadlessService", "services", "cache-headless"],
        ["ClientService", "services", "cache-client"],
        ["ConfigMap", "configmaps", "cache-config"],
        ["Secret", "secrets", "cache-secret"],
        ["StatefulSet", "statefulsets", "cache"],
        ["PodDisruptionBudget", "poddisruptionbudgets", "cache-pdb"]
      ]
    )
    assert.strictEqual(names(three.metadata).topology, "cache-topology")
  })

  it.prop("belong to their cluster, carry three labels, and are the same each time", [ValidSpec], ([spec]) => {
    const of = cluster(spec)
    for (const { object } of subResources(of)) {
      assert.strictEqual(object.metadata.namespace, "shop")
      assert.deepStrictEqual(object.metadata.labels, {
        "app.kubernetes.io/name": "valkey",
        "app.kubernetes.io/instance": "cache",
        "app.kubernetes.io/managed-by": "gungnir-operator"
      })
      assert.deepStrictEqual(object.metadata.ownerReferences, [
        {
          apiVersion: "valkey.verilean.io/v1",
          kind: "ValkeyCluster",
          name: "cache",
          uid: "uid-1",
          controller: true,
          blockOwnerDeletion: true
        }
      ])
    }
    assert.deepStrictEqual(subResources(of), subResources(cluster(spec)))
    assert.deepStrictEqual(JSON.parse(JSON.stringify(subResources(of))), subResources(of))
  })

  it("select by two labels", () => {
    assert.strictEqual(selectorText(three), "app.kubernetes.io/name=valkey,app.kubernetes.io/instance=cache")
    const { selector, template } = specOf(named("StatefulSet"))
    assert.deepStrictEqual(selector.matchLabels, selectorLabels(three))
    assert.deepInclude(template.metadata.labels, selectorLabels(three))
    assert.deepStrictEqual(specOf(named("PodDisruptionBudget"))["selector"].matchLabels, selectorLabels(three))
  })

  it("leave the selector of the client Service to the router", () => {
    assert.notProperty(specOf(named("ClientService")), "selector")
    const routed = { ...named("ClientService"), spec: { selector: podSelector(three, "cache-1") } }
    assert.strictEqual(routedPod(three, routed), "cache-1")
    assert.isUndefined(routedPod(three, named("ClientService")))
    const narrowed = { ...routed, spec: { selector: { ...podSelector(three, "cache-1"), "app.io/tier": "gold" } } }
    assert.isUndefined(routedPod(three, narrowed))
    assert.deepInclude(specOf(named("HeadlessService")), { clusterIP: "None", publishNotReadyAddresses: true })
  })

  it("never say who is the primary", () => {
    assert.notInclude(config(), "replicaof")
    assert.notMatch(JSON.stringify(statefulSet(three)), /-0|ordinal/)
  })

  it("let a drain take a minority of the pods, at least one", () => {
    const allowed = [1, 2, 3, 4, 5, 6, 7].map(
      (replicas) => specOf(podDisruptionBudget(cluster({ replicas })))["maxUnavailable"]
    )
    assert.deepStrictEqual(allowed, [1, 1, 1, 1, 2, 2, 3])
  })

  it("ask for as many attached replicas as the durability says", () => {
    const asked = (mode: string) =>
      [1, 2, 3, 5].map((replicas) => durability(cluster({ replicas, durability: mode })).minReplicas)
    assert.deepStrictEqual(asked("available"), [0, 0, 0, 0])
    assert.deepStrictEqual(asked("balanced"), [0, 0, 1, 1])
    assert.deepStrictEqual(asked("strict"), [0, 1, 1, 2])
    assert.include(config(), "min-replicas-to-write 1\nmin-replicas-max-lag 2\n")
  })
})

describe("the StatefulSet", () => {
  it("rolls nothing by itself and keeps the volumes", () => {
    assert.deepInclude(specOf(statefulSet(three)), {
      podManagementPolicy: "Parallel",
      updateStrategy: { type: "OnDelete" },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" }
    })
  })

  it("runs under the restricted pod security standard", () => {
    const pod = podOf(statefulSet(three))
    assert.deepInclude(pod.securityContext, {
      runAsNonRoot: true,
      runAsUser: 999,
      seccompProfile: { type: "RuntimeDefault" }
    })
    assert.deepStrictEqual(pod.containers[0].securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] }
    })
    assert.isFalse(pod.automountServiceAccountToken)
  })

  it("honours port, image, resources, labels, annotations, node selector and persistence", () => {
    const of = cluster({
      port: 7000,
      image: "other",
      resources: { limits: { memory: "1Gi" } },
      labels: { team: "a" },
      annotations: { note: "b" },
      nodeSelector: { disk: "ssd" },
      persistence: { enabled: true, storageSize: "5Gi", storageClassName: "fast" }
    })
    const set = specOf(statefulSet(of))
    const [container] = podOf(statefulSet(of)).containers
    assert.deepInclude(container, { image: "other", resources: { limits: { memory: "1Gi" } } })
    assert.deepInclude(container.env, { name: "VALKEY_PORT", value: "7000" })
    assert.strictEqual(container.ports[0].containerPort, 7000)
    assert.include(config(of), "port 7000\n")
    assert.strictEqual(set["template"].metadata.labels.team, "a")
    assert.strictEqual(set["template"].metadata.annotations.note, "b")
    assert.deepStrictEqual(set["template"].spec.nodeSelector, { disk: "ssd" })
    assert.deepInclude(set["volumeClaimTemplates"][0].spec, {
      storageClassName: "fast",
      resources: { requests: { storage: "5Gi" } }
    })
  })

  it("keeps data in the pod when persistence is off", () => {
    const of = cluster({ persistence: { enabled: false } })
    assert.notProperty(specOf(statefulSet(of)), "volumeClaimTemplates")
    assert.deepInclude(podOf(statefulSet(of)).volumes, { name: "data", emptyDir: {} })
    assert.include(config(of), 'appendonly no\nsave ""\n')
    assert.include(config(), "appendonly yes\n")
  })

  it("tells a change that only new pods follow", () => {
    const live = statefulSet(three)
    assert.isFalse(templateDiffers(live, statefulSet(cluster({ replicas: 5 }))))
    assert.isTrue(templateDiffers(live, statefulSet(cluster({ image: "other" }))))
  })

  it("tells volumes of another size, however the size is written", () => {
    const live = statefulSet(three)
    assert.deepStrictEqual(unsupportedChange(cluster({ persistence: { storageSize: "1024Mi" } }), live), [])
    assert.strictEqual(unsupportedChange(cluster({ persistence: { storageSize: "2Gi" } }), live).length, 1)
    assert.deepStrictEqual(unsupportedChange(three, undefined), [])
  })

  it("marks its pods with the configuration that only a restart changes", () => {
    assert.strictEqual(checksum(three), checksum(cluster({ replicas: 1, durability: "available" })))
    assert.notStrictEqual(checksum(three), checksum(cluster({ port: 7000 })))
  })
})

/** The scripts under a real /bin/sh, with stand-ins for the two programs of the image. */
const inShell = <A>(
  use: (run: (script: string, env?: object) => { status: number | null; out: string }, folder: string) => A
): A => {
  const folder = mkdtempSync(join(tmpdir(), "gungnir-scripts-"))
  const put = (path: string, text: string) => writeFileSync(join(folder, path), text)
  try {
    for (const name of ["bin", "config", "auth", "run", "data"]) mkdirSync(join(folder, name))
    put("config/valkey.conf", config())
    put("auth/password", "Pass1234")
    put("bin/valkey-server", '#!/bin/sh\nprintf "%s\\n" "$@"\nenv\n')
    put(
      "bin/valkey-cli",
      '#!/bin/sh\n[ "$REDISCLI_AUTH" = Pass1234 ] || exit 9\necho "$*" >"$RUN_DIR/asked"\neval "$ANSWER"\n'
    )
    for (const name of ["valkey-server", "valkey-cli"]) chmodSync(join(folder, "bin", name), 0o755)
    const env = {
      PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
      CONFIG_DIR: join(folder, "config"),
      AUTH_DIR: join(folder, "auth"),
      RUN_DIR: join(folder, "run"),
      DATA_DIR: join(folder, "data"),
      POD_IP: "10.0.0.7",
      VALKEY_PORT: "7000"
    }
    return use((script, more) => {
      const { status, stderr, stdout } = spawnSync("/bin/sh", ["-c", script], {
        env: { ...env, ...more },
        encoding: "utf8"
      })
      return { status, out: stdout + stderr }
    }, folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe("the scripts", () => {
  it("start a replica of nobody, with the password in one private file only", () =>
    inShell((run, folder) => {
      const { out, status } = run(Scripts.start)
      const conf = join(folder, "run/valkey.conf")
      assert.strictEqual(status, 0)
      assert.deepStrictEqual(out.split("\n").slice(0, 4), [conf, "--replicaof", "127.0.0.1", "1"])
      assert.notInclude(out, "Pass1234")
      const lines = readFileSync(conf, "utf8").split("\n")
      assert.includeMembers(lines, [
        `dir ${join(folder, "data")}`,
        "replica-announce-ip 10.0.0.7",
        "requirepass Pass1234",
        "masterauth Pass1234"
      ])
      assert.notInclude(lines, "dir /data")
      assert.strictEqual(execFileSync("stat", ["-c", "%a", conf], { encoding: "utf8" }).trim(), "600")
    }))

  it("bind to one address where pods share a network", () =>
    inShell((run, folder) => {
      run(Scripts.start, { BIND: "127.0.3.7" })
      assert.include(readFileSync(join(folder, "run/valkey.conf"), "utf8"), "\nbind 127.0.3.7\n")
    }))

  it("refuse a password that would not be one word of the configuration", () =>
    inShell((run, folder) => {
      for (const password of ["", "two words", 'quo"te', "line\nbreak"]) {
        writeFileSync(join(folder, "auth/password"), password)
        const { out, status } = run(Scripts.start)
        assert.strictEqual(status, 78)
        assert.match(out, /the password in .* must be/)
      }
    }))

  const answers: ReadonlyArray<readonly [answer: string, isReady: boolean, isAlive: boolean]> = [
    ["echo PONG", true, true],
    ["echo MASTERDOWN Link with MASTER is down", true, true],
    ["echo LOADING Valkey is loading the dataset in memory", false, true],
    ["echo BUSY Valkey is busy running a script", false, true],
    ["echo AUTH failed: WRONGPASS; echo NOAUTH Authentication required.", false, true],
    ["echo Could not connect; exit 1", false, false],
    ["exit 1", false, false],
    ["exec sleep 60", false, false]
  ]
  for (const [answer, isReady, isAlive] of answers) {
    it(`judge a server that does: ${answer}`, () =>
      inShell((run, folder) => {
        assert.strictEqual(run(Scripts.isReady, { ANSWER: answer }).status === 0, isReady)
        assert.strictEqual(run(Scripts.isAlive, { ANSWER: answer }).status === 0, isAlive)
        assert.strictEqual(readFileSync(join(folder, "run/asked"), "utf8"), "-h 10.0.0.7 -p 7000 ping\n")
      }))
  }
})
