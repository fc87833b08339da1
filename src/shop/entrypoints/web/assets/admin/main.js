// The administration: its frame and its views, clients of the API that show what the account may read.
import { startRouter } from "../common/router.js";
import { startShell } from "./shell.js";
import { routes } from "./views.js";

startShell();
await startRouter(routes(), "Administration");
