const questions = [
  {
    question: 'What does it cost to try?',
    answer: 'Nothing. Every new clinic has the Professional plan free for fourteen days, and no card is asked for.',
  },
  {
    question: 'What happens after the trial?',
    answer: 'You choose a plan, Free included if your clinic fits into it. Nothing is deleted when a trial ends.',
  },
  {
    question: 'Can other clinics see our patients?',
    answer:
      'No. All clinics work in one database, and the database itself decides row by row whose they are. We test every table against every kind of stranger, each time we change something.',
  },
  {
    question: 'Can we bring our patients with us, and take them along again?',
    answer:
      'Yes. A CSV file of another system is read as it is; you see what would be imported, and which rows would not, before anything is. The export holds all of them again.',
  },
  {
    question: 'Are you HIPAA compliant?',
    answer:
      'Compliance is something an organisation does, not something software has. We provide the controls: separate records, an activity log that cannot be changed, sessions that run out, and a business associate agreement.',
  },
  {
    question: 'Who can see our data at your company?',
    answer: 'Those who run the platform see your clinic’s name, plan and usage. Patients are not part of what they see.',
  },
];

/** What prospects ask first. */
export function Questions() {
  return (
    <section aria-labelledby="questions" className="below-the-fold flex flex-col gap-4">
      <h2 id="questions" className="font-semibold text-2xl">
        Questions
      </h2>
      <div className="divide-y rounded-xl border bg-card">
        {questions.map(({ question, answer }) => (
          <details key={question} className="group px-5 py-4">
            <summary className="cursor-pointer font-medium outline-none focus-visible:ring-3 focus-visible:ring-ring/50">
              {question}
            </summary>
            <p className="mt-2 max-w-2xl text-muted-foreground text-sm leading-relaxed">{answer}</p>
          </details>
        ))}
      </div>
    </section>
  );
}
