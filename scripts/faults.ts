/** `docs/faults.md`, from the catalogue of faults: `npx node scripts/faults.ts`. */
import { writeFileSync } from "node:fs"
import { document } from "../src/laws/FaultDocument.ts"

writeFileSync(new URL("../docs/faults.md", import.meta.url), document())
