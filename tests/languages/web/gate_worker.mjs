// The program of an app's worker.

import "/saxaul/dist/worker.js";
