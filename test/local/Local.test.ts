/** `gungnir local` as users start it: what it prints, how it ends, and that nothing of it stays. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { find, missing } from "../../src/local/Servers.ts"
import * as Processes from "../servers/Processes.ts"

const program = join(import.meta.dirname, "../../src/bin/gungnir.ts")

interface Run {
  readonly child: ChildProcess
  readonly lines: ReadonlyArray<string>
  readonly stderr: () => string
  /** The first line of stdout that begins so; fails when the process ends before. */
  readonly line: (beginning: string) => Effect.Effect<string, Error>
  /** Exit code, or the signal that nobody handled. */
  readonly end: Effect.Effect<number | NodeJS.Signals>
  /** Files and processes that are still there. */
  readonly left: Effect.Effect<ReadonlyArray<string>>
}

/** Processes with this word in the environment that they were started with. */
const processesWith = (mark: string): ReadonlyArray<string> =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").includes(mark)
      } catch {
        // It has ended meanwhile, or is not ours.
        return false
      }
    })
    .map((pid) => `process ${pid}`)

/** Its children inherit a mark, and its files are in a folder of their own. */
const start = (...words: ReadonlyArray<string>): Effect.Effect<Run, never, Scope.Scope> =>
  Effect.gen(function* () {
    const folder = join(yield* Processes.folder, "temporary")
    mkdirSync(folder)
    const mark = randomUUID()
    const ended = Deferred.makeUnsafe<number | NodeJS.Signals>()
    const lines: Array<string> = []
    const waiting = new Set<() => void>()
    let [rest, stderr, hasEnded] = ["", "", false]
    const wake = () => {
      for (const look of waiting) look()
    }
    const child = spawn(process.execPath, [program, "local", ...words], {
      env: { ...process.env, TMPDIR: folder, GUNGNIR_TEST: mark },
      stdio: ["ignore", "pipe", "pipe"]
    })
    yield* Effect.addFinalizer(() => Effect.sync(() => child.kill("SIGKILL")))
    child.stderr.setEncoding("utf8").on("data", (text: string) => void (stderr += text))
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const parts = (rest + text).split("\n")
      rest = parts.pop()!
      lines.push(...parts)
      wake()
    })
    child.on("exit", (code, signal) => {
      hasEnded = true
      Deferred.doneUnsafe(ended, Effect.succeed(code ?? signal ?? -1))
      wake()
    })
    const line: Run["line"] = (beginning) =>
      Effect.callback((resume) => {
        const look = () => {
          const found = lines.find((one) => one.startsWith(beginning))
          if (found !== undefined) resume(Effect.succeed(found))
          else if (hasEnded) resume(Effect.fail(new Error(`no line ${beginning}: ${stderr}`)))
        }
        waiting.add(look)
        look()
        return Effect.sync(() => waiting.delete(look))
      })
    return {
      child,
      lines,
      stderr: () => stderr,
      line,
      end: Deferred.await(ended),
      left: Effect.sync(() => [...readdirSync(folder), ...processesWith(mark)])
    }
  })

/** Probes that were under way end by themselves, at the latest after their own timeout of a second. */
const nothingLeft = ({ left }: Run): Effect.Effect<void> =>
  Effect.gen(function* () {
    let found = yield* left
    for (let tries = 0; found.length > 0 && tries < 40; tries++) {
      yield* Effect.sleep("50 millis")
      found = yield* left
    }
    assert.deepStrictEqual(found, [])
  })

interface Failover {
  readonly gapMs: number
  readonly lostWrites: number
  readonly withinBound: boolean
}

/** A machine without servers fails with the line that says how to get them. */
const needsServers = Effect.sync(() => assert.isDefined(find("valkey-server"), missing("valkey-server")))

const unattended = Effect.fnUntraced(function* (nodes: string, ...words: ReadonlyArray<string>) {
  const run = yield* start("--output", "json", "--for", "24s", "--kill=primary", "--every", "3s", ...words)
  const first = JSON.parse(yield* run.line("{"))
  assert.deepStrictEqual(Object.keys(first), ["kubeconfig"])
  assert.isTrue(existsSync(first.kubeconfig))
  assert.strictEqual(yield* run.end, 0, run.stderr())
  const all = run.lines.map((line) => JSON.parse(line))
  const last = all.at(-1)
  assert.deepStrictEqual(Object.keys(last), ["readyMs", "nodes", "failovers"])
  assert.strictEqual(last.nodes, nodes)
  assert.isAbove(last.readyMs, 0)
  assert.isBelow(last.readyMs, 20_000)
  const failovers: ReadonlyArray<Failover> = last.failovers
  assert.isAtLeast(failovers.length, 2, run.stderr())
  for (const failover of failovers) {
    assert.deepStrictEqual(Object.keys(failover), ["gapMs", "lostWrites", "withinBound"])
    assert.isTrue(failover.withinBound, JSON.stringify(all))
    assert.isAbove(failover.gapMs, 0)
    assert.isBelow(failover.gapMs, 3000)
  }
  yield* nothingLeft(run)
})

describe("gungnir local, unattended", () => {
  it.live(
    "kills one primary after another and holds its bounds: real servers, and embedded nodes beside them",
    () =>
      Effect.gen(function* () {
        yield* needsServers
        yield* Effect.all([unattended("valkey-server"), unattended("embedded", "--embedded-nodes")], {
          concurrency: "unbounded",
          discard: true
        })
      }).pipe(Effect.scoped),
    60_000
  )

  it.live("says so when the time is over before the cluster is Ready, and leaves nothing", () =>
    Effect.gen(function* () {
      const run = yield* start("--output=json", "--for=100ms")
      assert.strictEqual(yield* run.end, 1)
      assert.match(run.stderr(), /^gungnir: the cluster was not Ready in time: .*\n$/)
      yield* nothingLeft(run)
    }).pipe(Effect.scoped)
  )
})

describe("gungnir local, ended", () => {
  const moments = {
    "right after its start": () => Effect.void,
    "as soon as its endpoint listens": ({ line }: Run) => line(`{"kubeconfig"`),
    "while its pods start": ({ line }: Run) => Effect.andThen(line(`{"kubeconfig"`), Effect.sleep("250 millis")),
    "when it is Ready": ({ line }: Run) => line(`{"readyMs"`)
  }
  const ends = (signal: NodeJS.Signals, when: keyof typeof moments) =>
    it.live(`by ${signal} ${when}, leaves no process and no file`, () =>
      Effect.gen(function* () {
        yield* needsServers
        const run = yield* start("--output=json")
        yield* moments[when](run)
        run.child.kill(signal)
        // Before it listens to signals, the signal itself is its end.
        assert.include([0, signal], yield* run.end, run.stderr())
        if (when === "when it is Ready") assert.deepStrictEqual(JSON.parse(run.lines.at(-1)!).failovers, [])
        yield* nothingLeft(run)
      }).pipe(Effect.scoped)
    )
  ends("SIGINT", "right after its start")
  ends("SIGINT", "as soon as its endpoint listens")
  ends("SIGTERM", "while its pods start")
  ends("SIGINT", "when it is Ready")
  ends("SIGTERM", "when it is Ready")
  ends("SIGHUP", "when it is Ready")

  it.live("by a signal that nobody can handle, leaves no process", () =>
    Effect.gen(function* () {
      yield* needsServers
      const run = yield* start("--output=json")
      yield* run.line(`{"readyMs"`)
      run.child.kill("SIGKILL")
      yield* run.end
      // The kernel ends them one after another.
      const isOver = Effect.map(run.left, (left) => !left.some((one) => one.startsWith("process ")))
      yield* Effect.repeat(isOver, { until: (over) => over, schedule: Schedule.spaced("20 millis"), times: 100 })
      assert.isTrue(yield* isOver)
    }).pipe(Effect.scoped)
  )

  it.live("by a reader that goes away, leaves no process and no file", () =>
    Effect.gen(function* () {
      const run = yield* start("--output=json", "--kill=replica", "--every=200ms")
      yield* run.line(`{"readyMs"`)
      run.child.stdout!.destroy()
      assert.strictEqual(yield* run.end, 0)
      yield* nothingLeft(run)
    }).pipe(Effect.scoped)
  )
})

describe("gungnir local, misused", () => {
  const refused = (...words: ReadonlyArray<string>) => {
    const { status, stderr, stdout } = spawnSync(process.execPath, [program, "local", ...words], {
      encoding: "utf8",
      timeout: 20_000
    })
    assert.strictEqual(stdout, "")
    assert.strictEqual(status, 1)
    assert.match(stderr, /^gungnir: [^\n]*\n$/)
    return stderr
  }

  for (const words of [["--nosuch"], ["--kill", "king"], ["--every=10"], ["--port=99999"]]) {
    it(`says in one line what is wrong with ${words.join(" ")}`, () => {
      assert.include(refused(...words), words[0]!.split("=")[0]!)
    })
  }

  it.live("says in one line what is wrong with the file of the cluster", () =>
    Effect.gen(function* () {
      const folder = yield* Processes.folder
      const file = (name: string, text: string) => {
        writeFileSync(join(folder, name), text)
        return join(folder, name)
      }
      assert.include(refused("--cluster", join(folder, "none.yaml")), "no such file")
      assert.include(refused("--cluster", file("half.yaml", "a: [")), "half.yaml")
      assert.include(refused("--cluster", file("other.yaml", "kind: Pod\nmetadata: {name: a}\n")), "one ValkeyCluster")
      const invalid =
        "apiVersion: valkey.verilean.io/v1\nkind: ValkeyCluster\nmetadata: {name: a}\nspec: {replicas: -1}\n"
      const said = spawnSync(
        process.execPath,
        [program, "local", "--output=json", "--cluster", file("a.yaml", invalid)],
        {
          encoding: "utf8",
          timeout: 20_000
        }
      )
      assert.strictEqual(said.status, 1)
      assert.match(said.stderr, /^gungnir: ValkeyCluster a is refused: .*spec\.replicas.*\n$/)
    }).pipe(Effect.scoped)
  )
})
