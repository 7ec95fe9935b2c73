/* What the dialogs of all nodes share: what they choose from, and fields that take fixed or computed values. */
(function () {
  if (window.amtkit) return;

  var NAMESPACE = '@amtkit/node-red-amt/amt-fleet:common.';
  var TYPES = ['msg', 'flow', 'global', 'env', 'jsonata'];

  /** A word that all dialogs share. */
  function word(key, given) {
    return RED._(NAMESPACE + key, given);
  }

  /** What a fleet offers: of the one that runs, else of the book its configuration names. Calls back also on failure. */
  function look(fleet, done) {
    if (!fleet || fleet === '_ADD_') return done({ machines: [], media: [], capabilities: [] }, word('noFleet'));
    var config = RED.nodes.node(fleet);
    $.getJSON('amt-fleet/running/' + encodeURIComponent(fleet))
      .then(function (found) {
        done(found);
      })
      .catch(function () {
        return $.getJSON('amt-fleet/book', { path: (config && config.book) || '' }).then(
          function (found) {
            done(found);
          },
          function (failure) {
            var told = failure.responseJSON && failure.responseJSON.message;
            done({ machines: [], media: [], capabilities: [] }, told || word('noLook'));
          },
        );
      });
  }

  /** What the fleet of a machine's configuration offers. */
  function lookOfMachine(machine, done) {
    var config = machine && machine !== '_ADD_' ? RED.nodes.node(machine) : undefined;
    look(config && config.fleet, done);
  }

  /** Puts names into a list of suggestions. */
  function suggest(list, names) {
    list.empty();
    names.forEach(function (name) {
      $('<option>').attr('value', name).appendTo(list);
    });
  }

  /**
   * A field for text, or for what the message, a context, the environment or an expression say. `suggestions` gives names
   * for fixed text.
   */
  function typed(name, options) {
    var given = options || {};
    var text = { value: 'str', label: word('text'), icon: 'red/images/typedInput/az.svg' };
    if (given.suggestions) {
      text.autoComplete = function (typedSoFar) {
        return given
          .suggestions()
          .filter(function (each) {
            return each.toLowerCase().indexOf(typedSoFar.toLowerCase()) >= 0;
          })
          .map(function (each) {
            return { value: each, label: each };
          });
      };
    }
    var first = given.first === undefined ? text : given.first;
    var types = (first === null ? [] : [first]).concat(given.types || TYPES);
    var field = $('#node-input-' + name);
    field.typedInput({
      default: given.default || (first === null ? 'msg' : first.value || first),
      types: types,
      typeField: $('#node-input-' + name + 'Type'),
    });
    return field;
  }

  /** Fields of a node that was saved before they existed, or written by hand, show what they then are. */
  function prepare(node) {
    Object.keys(node._def.defaults).forEach(function (name) {
      var usual = node._def.defaults[name].value;
      if (node[name] !== undefined || usual === undefined || name === 'input') return;
      var field = $('#node-input-' + name);
      if (field.is(':checkbox')) field.prop('checked', Boolean(usual));
      else field.val(usual);
    });
  }

  /** Seconds that may be left out. */
  function seconds(value) {
    return value === '' || value === undefined || Number(value) > 0 || word('wrong.seconds');
  }

  /** Kinds of values that may be entered for a field of a capability; secrets never are. */
  function typesOf(field) {
    if (field.kind === 'secret') return ['msg', 'env', 'flow', 'global'];
    if (field.kind === 'flag') return ['bool'].concat(TYPES);
    if (field.kind === 'number') return ['num'].concat(TYPES);
    if (field.kind === 'json') return ['json'].concat(TYPES);
    if (field.kind === 'choice') {
      var options = field.options.map(function (option) {
        return { value: option, label: option };
      });
      return [{ value: 'str', label: word('choice'), options: field.required ? options : [{ value: '', label: '' }].concat(options) }].concat(TYPES);
    }
    return ['str'].concat(TYPES);
  }

  /** Rows for the inputs of a capability. */
  function fieldRows(choice, entered) {
    var rows = $('#node-input-fields').empty();
    choice.fields.forEach(function (field) {
      var id = 'node-input-field-' + field.name;
      var row = $('<div class="form-row amt-field">').attr('data-name', field.name).appendTo(rows);
      var label = $('<label>').attr('for', id).text(field.name + (field.required ? ' *' : ''));
      if (field.like) label.attr('title', field.like);
      var input = $('<input type="text" style="width: 70%">').attr('id', id);
      row.append(label).append(' ').append(input);
      var types = typesOf(field);
      var first = types[0].value || types[0];
      var known = (entered || {})[field.name];
      input.typedInput({ default: first, types: types });
      if (known) {
        input.typedInput('type', known.type);
        input.typedInput('value', String(known.value));
      } else if (field.kind === 'flag') {
        input.typedInput('value', 'false');
      }
      if (field.unit) row.append(' ').append($('<span>').text(field.unit));
    });
  }

  /** The form of amt-action: a list from the fleet, and the inputs of what is chosen. */
  function capabilityForm(node) {
    var select = $('#node-input-capability');
    var choices = {};

    function show() {
      var id = select.val();
      var choice = choices[id];
      var entered = id === node.capability ? node.input : {};
      var byFields = $('#node-input-inputFrom').val() !== 'payload';
      $('.amt-action-input').toggle(Boolean(choice && choice.fields.length > 0));
      $('.amt-action-wait').toggle(Boolean(choice && choice.kind !== 'reading' && /^(power|boot)\./.test(id)));
      $('#node-input-fields').empty();
      if (choice && byFields) fieldRows(choice, entered);
      var effect = choice && choice.effect !== 'harmless' ? word('effect.' + choice.effect) : '';
      $('#node-input-capability-note').text(effect).toggle(effect !== '');
    }

    function fill(found, problem) {
      choices = {};
      select.empty().append($('<option value="">').text(word('byMessage')));
      var groups = {};
      found.capabilities.forEach(function (choice) {
        choices[choice.id] = choice;
        if (!groups[choice.group]) groups[choice.group] = $('<optgroup>').attr('label', choice.group).appendTo(select);
        $('<option>')
          .attr('value', choice.id)
          .text(choice.label + ' (' + choice.id + ')')
          .appendTo(groups[choice.group]);
      });
      var chosen = node.capability || '';
      if (chosen && !choices[chosen]) $('<option>').attr('value', chosen).text(chosen).appendTo(select);
      select.val(chosen);
      show();
      if (problem) $('#node-input-capability-note').text(problem).show();
    }

    select.on('change', show);
    $('#node-input-inputFrom').on('change', show);
    $('#node-input-machine').on('change', function () {
      var config = RED.nodes.node($(this).val());
      if (config && config.source === 'host' && !config.fleet) {
        $.getJSON('amt-fleet/capabilities').then(fill);
      } else {
        lookOfMachine($(this).val(), fill);
      }
    });
  }

  /** What was entered in the rows: by name, with its kind. */
  function capabilityInput() {
    var input = {};
    $('#node-input-fields .amt-field').each(function () {
      var field = $(this).find('input').first();
      var value = field.typedInput('value');
      if (value !== '') input[$(this).attr('data-name')] = { value: value, type: field.typedInput('type') };
    });
    return input;
  }

  window.amtkit = {
    word: word,
    prepare: prepare,
    look: look,
    lookOfMachine: lookOfMachine,
    suggest: suggest,
    typed: typed,
    seconds: seconds,
    capabilityForm: capabilityForm,
    capabilityInput: capabilityInput,
  };
})();
