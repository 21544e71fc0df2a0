// Annotations of omamori in Jsonnet: what a Pod asks for, and where each kind of object takes it.
//
//   local omamori = import 'omamori.libsonnet';
//   deployment + omamori.inject(omamori.file('db.env', 'secret/data/shop/db', { mode: '0400' }))
//
// It needs no library of Kubernetes and no native function. What annotations mean is in docs/annotations.md.

local domain = 'omamori.dev';

// Where the Pods of a kind take annotations. `places`: field paths of what has the metadata, where `[]` means each item
// of a list; `member`: the name of that metadata; `named`: the field path of one of several Pods by its name, whose
// metadata are `metadata`.
local row(places, member='metadata', named=null) = { places: places, member: member, named: named };
local template = row(['spec.template']);
local experiment = 'spec.templates[].template';
local metric = 'spec.metrics[].provider.job.spec.template';
local workflow(spec) = row([spec], 'podMetadata', named=spec + '.templates[]');

// by API group and kind
local kinds = {
  '/Pod': row(['']),  // itself
  '/ReplicationController': template,
  'apps/Deployment': template,
  'apps/ReplicaSet': template,
  'apps/StatefulSet': template,
  'apps/DaemonSet': template,
  'batch/Job': template,
  'batch/CronJob': row(['spec.jobTemplate.spec.template']),
  'argoproj.io/Rollout': template,
  'argoproj.io/Experiment': row([experiment], named=experiment),
  'argoproj.io/AnalysisTemplate': row([metric], named=metric),
  'argoproj.io/ClusterAnalysisTemplate': row([metric], named=metric),
  'argoproj.io/AnalysisRun': row([metric], named=metric),
  'argoproj.io/Workflow': workflow('spec'),
  'argoproj.io/WorkflowTemplate': workflow('spec'),
  'argoproj.io/ClusterWorkflowTemplate': workflow('spec'),
  'argoproj.io/CronWorkflow': workflow('spec.workflowSpec'),
  'argoproj.io/Sensor': template,
  'argoproj.io/EventSource': template,
  'argoproj.io/EventBus': row(['spec.jetstream', 'spec.nats.native']),
};

// --- annotations ---

local isText(value) = std.isString(value) && value != '';
local has(text, part) = std.length(std.findSubstr(part, text)) > 0;
local hasBlank(text) = std.length([each for each in [' ', '\t', '\r', '\n'] if has(text, each)]) > 0;

local option(name, value) =
  if name == '' || hasBlank(name) || has(name, '=') then
    error 'omamori: %s is no name of an option' % std.escapeStringJson(name)
  else if !std.isString(value) then
    error "omamori: option %s= is a %s; write a string, such as '0400' or 'true'" % [name, std.type(value)]
  else if hasBlank(value) || std.startsWith(value, '"') then name + '=' + std.escapeStringJson(value)
  else name + '=' + value;

local rendered(options) =
  if !std.isObject(options) then error 'omamori: options are an object of strings, not a ' + std.type(options)
  else [option(name, options[name]) for name in std.objectFields(options)];

// One annotation. Added to another value of the same, it is refused, so that no order counts.
local single(key, value) = {
  assert self[key] == value : 'omamori: two values are given for ' + key,
  [key]: value,
};

local annotation(prefix, name, words) =
  if !isText(name) then error 'omamori: the name after %s/ is a string that is not empty' % (prefix + domain)
  else single(prefix + domain + '/' + name, std.join(' ', words));

local referring(prefix, name, reference, options) =
  if !isText(reference) then
    error 'omamori: %s: the reference is a string, such as secret/data/shop/db#password' % name
  else if hasBlank(reference) then
    error 'omamori: %s: the reference has a blank; in a path or key it is %%20, and options are an argument' % name
  else annotation(prefix, name, [reference] + rendered(options));

// --- objects ---

// The annotations of an object, and more. Another value of one that is there is refused, too; what is added later by plain
// Jsonnet is not, so the asserts of `single` stay behind.
local joined(old, new) =
  local untyped = [key for key in std.objectFields(new) if !std.isString(new[key])];
  local other = [key for key in std.objectFields(new) if std.objectHas(old, key) && old[key] != new[key]];
  if untyped != [] then error 'omamori: no string is the value of ' + std.join(', ', untyped)
  else if other != [] then error 'omamori: two values are given for ' + std.join(', ', other)
  else old + { [key]: new[key] for key in std.objectFields(new) };

local withAnnotations(metadata, annotations) =
  local old = if std.objectHas(metadata, 'annotations') then metadata.annotations else {};
  metadata { annotations: joined(old, annotations) };

local annotated(object, member, annotations) =
  local metadata = if std.objectHas(object, member) then object[member] else {};
  object { [member]: withAnnotations(metadata, annotations) };

// A field path as its steps below `spec`, and a step as its field and whether it is a list.
local steps(path) = [
  if std.endsWith(each, '[]') then { field: each[0:std.length(each) - 2], isList: true } else { field: each, isList: false }
  for each in std.split(path, '.')[1:]
];

// Objects of a list that are meant: all, or those of a name.
local isMeant(item, name) = name == null || (std.objectHas(item, 'name') && item.name == name);

// The object with `change` made to each object at the end of `path`; what lacks a step stays as it is.
local changed(object, path, name, change) =
  if path == [] then change(object)
  else
    local field = path[0].field;
    if !std.objectHas(object, field) then object
    else if path[0].isList then object {
      [field]: [if isMeant(item, name) then changed(item, path[1:], name, change) else item for item in super[field]],
    }
    else object { [field]: changed(super[field], path[1:], name, change) };

// How many objects `changed` would change.
local count(object, path, name) =
  if path == [] then 1
  else
    local field = path[0].field;
    if !std.objectHas(object, field) then 0
    else if path[0].isList then
      std.foldl(function(sum, item) sum + count(item, path[1:], name), [item for item in object[field] if isMeant(item, name)], 0)
    else count(object[field], path[1:], name);

local kindOf(object) = (if has(object.apiVersion, '/') then std.split(object.apiVersion, '/')[0] else '') + '/' + object.kind;

// The spec of an object, with annotations for its Pods, or for one of them by its name.
local placed(kind, spec, annotations, name) =
  local known = if std.objectHas(kinds, kind) then kinds[kind]
  else error 'omamori: of the kind %s no Pods are known; annotate what makes them' % kind;
  local places = if name == null then known.places else if known.named != null then [known.named]
  else error 'omamori: the Pods of %s have no names; use inject' % kind;
  local found = std.foldl(function(sum, path) sum + count(spec, steps(path), name), places, 0);
  local change(object) = annotated(object, if name == null then known.member else 'metadata', annotations);
  if found > 0 then std.foldl(function(made, path) changed(made, steps(path), name, change), places, spec)
  else error 'omamori: %s has nothing at %s%s, so that no Pod would get the annotations'
             % [kind, std.join(', ', places), if name == null then '' else ' of the name ' + name];

local mixin(annotations, name) = {
  assert std.isObject(annotations) : 'omamori: annotations are an object, such as omamori.file(…)',
  local kind = kindOf(self),
  local isItself = kind == '/Pod' && name == null,
  metadata: local old = super.metadata; if isItself then withAnnotations(old, annotations) else old,
  spec: local old = super.spec; if isItself then old else placed(kind, old, annotations, name),
};

{
  // What to ask for. Each gives annotations, to be added by `+`. Options are strings, by their names in
  // docs/annotations.md: { mode: '0400', 'data.ttl': '24h' }.

  // A secret, or one key of it, as a file.
  file(name, reference, options={}):: referring('file.', name, reference, options),
  // A secret, or one key of it, as a variable.
  env(name, reference, options={}):: referring('env.', name, reference, options),
  // Each key of a secret as a variable.
  envFrom(name, reference, options={}):: referring('envfrom.', name, reference, options),
  // A file that a template makes.
  template(name, text, options={})::
    if !isText(text) then error 'omamori: %s: the template is a string that is not empty' % name
    else annotation('template.', name, [text])
         + if options == {} then {} else annotation('template-options.', name, rendered(options)),
  // A file with a Vault token for the application.
  token(name, options={}):: annotation('token.', name, if options == {} then ['true'] else rendered(options)),
  // What is said of the whole Pod, such as { mode: 'sidecar', role: 'shop.checkout' }.
  pod(settings)::
    std.foldl(function(sum, name) sum + single(domain + '/' + name, settings[name]), std.objectFields(settings), {}),

  // Where to ask for it. Each gives what is added to an object by `+`.

  // All Pods of the object, whatever its kind is. Of a Workflow, those of all its templates.
  inject(annotations):: mixin(annotations, null),
  // The Pods of one template of a Workflow or an Experiment, or of one metric of an AnalysisTemplate.
  injectNamed(name, annotations):: mixin(annotations, if isText(name) then name else error 'omamori: injectNamed needs a name'),
}
