/**
 * Text that nearly every stored decision has, for the compression of bodies that are too small to repeat themselves.
 * It is part of the file's format: what was written with another one cannot be read any more. What is likeliest comes last.
 */
const TEXT = [
  '"fly_platform_version":"v2","fly_process_group":"app","fly_release_id":"","fly_release_version":"',
  '"fas-remove":"{\\"machine\\":\\"","goal":"destroy","reason":"created 3 to 1","deadline":"',
  '{"image":"registry.fly.io/:deployment-","guest":{"cpu_kind":"shared","cpus":1,"memory_mb":256},"env":{"FLY_PROCESS_GROUP":"(hidden)","PRIMARY_REGION":"(hidden)"},"metadata":{',
  '"services":[{"protocol":"tcp","internal_port":8080,"autostop":false,"autostart":true,"ports":[{"port":443,"handlers":["tls","http"]}]}],"mounts":[{"volume":"vol_","name":"data","path":"/data"}]',
  '"restart":{"policy":"on-failure","max_retries":10},"init":{},"stop_config":{"timeout":"30s"}}',
  '{"id":"","name":"","state":"stopped","region":"iad","version":"01K","createdAtMs":17,"updatedAtMs":17,"hostStatus":"ok","isCordoned":false,"imageRef":"registry.fly.io/:deployment-@sha256:","lease":{"owner":"","description":"fly-autoscaler ","expiresAtMs":17},"lastExit":{"atMs":17,"exitCode":0,"isOomKilled":false,"wasRequested":true},"metadata":,"config":',
  '"code":"scale-up","detail":"created 2 to 3"},{"code":"scale-down","detail":"started ',
  '"code":"capped","detail":" creates wanted, at most 10 in a pass"},{"code":"removal-under-way","detail":" (destroy, stopped), ',
  '"step":"ceilings","created":{"before":3,"after":2},"started":null,"reasons":[]},{"step":"grant"',
  '{"kind":"create","launchId":"fas-","sourceId":"","group":"app","region":"","isLaunched":true,"config":{"image":"registry.fly.io/","newVolumes":[],"reason":{"code":"scale-up","detail":"created ',
  '{"kind":"destroy","machineId":"","region":"","version":"01K","steps":["mark","cordon","stop","destroy"],"reason":{"code":"scale-down","detail":"created "},"mark":{"machine":"","goal":"destroy","reason":"created ',
  '{"kind":"error","code":"source-timeout","message":"no answer within 10000 ms","atMs":17',
  '{"startedAtMs":17,"durationMs":,"samples":{"$":"map","v":[["queue",{"kind":"value","value":,"atMs":17',
  '}]]},"grant":{"creates":0,"removals":0,"starts":0,"stops":0,"reasons":[]},"grant":null,"proposal":{"counts":{"created":,"started":,"stopped":0,"unclear":0,"unseen":0,"unseenStarted":0,"lost":0,"lostStarted":0,"existing":,"leaving":0},"created":{"current":,"target":{"min":,"max":},"recommended":,"wanted":},"started":null,"undoCreated":0,"undoStarted":0,"mayShrinkCreated":true,"mayShrinkStarted":false,"isHeld":false,"steps":[],"reasons":[{"code":"at-target","detail":" created"}],"crashed":[],"isWorthALook":true},"isWorthALook":false},"plan":{"undos":[],"starts":[],"creates":[],"removals":[],"reasons":[]},"plan":null,"reasons":[{"code":"at-target","detail":" created"}],"machinesByState":{"started":,"stopped":},"origin":{"engine":"1.0.0","configHash":""},"policy":1,"input":{"memory":{"transit":{},"unseenSinceMs":{},"replacedAtMs":[],"probation":[],"createBackoff":{},"regionBackoff":{},"clockJumpedAtMs":null,"startFailedAtMs":{},"histories":{}},"orders":{"pauses":[],"braked":{}},"now":{"wallMs":17,"elapsedMs":},"zone":"UTC","look":{"release":{"id":"","version":,"status":"complete","createdAtMs":17},"release":"unread","volumes":"unread","leasedByUs":[""]},"machines":[]},"outcomes":[{"action":["creates",0],"result":"done","machineId":"","stepsDone":["mark"]}],"outcomes":[],"error":null}',
].join('');

export const DICTIONARY = Buffer.from(TEXT);
