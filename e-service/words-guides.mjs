// SPDX-License-Identifier: Apache-2.0
//
// How two invented people walk each form when its public words are recorded (words.mjs). By field: what they answer, and what
// they get wrong; everything differs. Routes are ways through a form that branches, with what the two answer differently there.
const long = (letter) => letter.repeat(101)
const none = [{}, {}]

const hmpo = (name, rest) => ({ port: 3010, start: `/${name}/`, first: 'start', end: 'done', routes: [none], mistakes: none, ...rest })
const [first, second] = [{ age: '34', color: 'blue' }, { age: '58', color: 'green' }]
for (let i = 1; i <= 5; i++) [first[`question${i}`], second[`question${i}`]] = [`Testina ${i}`, `Probus ${i}`]
for (const name of ['name', 'left-only', 'right-only']) [first[name], second[name]] = [`Testina ${name}`, `Probus ${name}`]

export const guides = {
  'defra-forms': {
    port: 3009, start: '/test/start', first: 'start', end: 'status', routes: [none],
    people: [
      {
        ukPassport: 'true', numberOfApplicants: '1', firstName: 'Testina', middleName: 'Exempla', lastName: 'Musterova',
        address__addressLine1: '1 Invented Street', address__addressLine2: 'Flat 3', address__town: 'Sampletown', address__postcode: 'ZZ99 3VZ',
        phoneNumber: '07700 900123', emailAddress: 'testina@example.com'
      },
      {
        ukPassport: 'false', numberOfApplicants: '3', firstName: 'Probus', middleName: 'Specimen', lastName: 'Fictus',
        address__addressLine1: '22 Sample Lane', address__addressLine2: 'Second floor', address__town: 'Examplebury', address__postcode: 'ZZ99 4QZ',
        phoneNumber: '+44 20 7946 0018', emailAddress: 'probus@example.org'
      }
    ],
    mistakes: [
      { address__addressLine1: long('x'), address__addressLine2: long('x'), address__town: long('x'), address__postcode: '12345', phoneNumber: 'none', emailAddress: 'testina' },
      { address__addressLine1: long('y'), address__addressLine2: long('y'), address__town: long('y'), address__postcode: 'abcdef', phoneNumber: 'mobile', emailAddress: 'at home' }
    ]
  },
  'defra-components': {
    port: 3009, start: '/components/all-components', first: 'all-components', end: 'status', routes: [none],
    people: [
      {
        textField: 'Testina', multilineTextField: 'One invented sentence.', numberField: '12', datePartsField__day: '4', datePartsField__month: '3', datePartsField__year: '1980',
        yesNoField: 'true', emailAddressField: 'testina@example.com', telephoneNumberField: '07700 900123', addressField__addressLine1: '1 Invented Street',
        addressField__addressLine2: 'Flat 3', addressField__town: 'Sampletown', addressField__postcode: 'ZZ99 3VZ', radiosField: 'charity', selectField: '910400001', checkboxesField: 'Shire'
      },
      {
        textField: 'Probus', multilineTextField: 'Another sample line.', numberField: '345', datePartsField__day: '17', datePartsField__month: '11', datePartsField__year: '1955',
        yesNoField: 'false', emailAddressField: 'probus@example.org', telephoneNumberField: '+44 20 7946 0018', addressField__addressLine1: '22 Sample Lane',
        addressField__addressLine2: 'Second floor', addressField__town: 'Examplebury', addressField__postcode: 'ZZ99 4QZ', radiosField: 'soleTrader', selectField: '910400003', checkboxesField: 'Race'
      }
    ],
    mistakes: [
      {
        numberField: 'twelve', datePartsField__day: '45', datePartsField__month: '13', datePartsField__year: '1980', emailAddressField: 'testina', telephoneNumberField: 'none',
        addressField__addressLine1: long('x'), addressField__addressLine2: long('x'), addressField__town: long('x'), addressField__postcode: '12345'
      },
      {
        numberField: 'many', datePartsField__day: '32', datePartsField__month: '14', datePartsField__year: '1955', emailAddressField: 'at home', telephoneNumberField: 'mobile',
        addressField__addressLine1: long('y'), addressField__addressLine2: long('y'), addressField__town: long('y'), addressField__postcode: 'abcdef'
      }
    ]
  },
  'hmpo-basic': hmpo('basic', { people: [first, second], mistakes: [{ age: '200' }, { age: '345' }] }),
  'hmpo-branching': hmpo('branching', {
    people: [first, second],
    routes: [[{ direction: 'left' }, { direction: 'left' }], [{ direction: 'right' }, { direction: 'right' }], none]
  }),
  'hmpo-multiwizard': hmpo('multiwizard', {
    people: [first, second],
    routes: [[{ age: '1' }, { age: '2' }], [{ age: '7' }, { age: '9' }], [{ age: '14' }, { age: '16' }], [{ age: '34' }, { age: '58' }]]
  }),
  'hmpo-invalidation': hmpo('invalidation', { people: [first, second] })
}
