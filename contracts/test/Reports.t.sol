// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Reports} from "../src/Reports.sol";
import {EpochReport, ReportView} from "../src/Types.sol";
import {RegistryTest} from "./support/RegistryTest.sol";
import {VM} from "./support/Vm.sol";

contract ReportsTest is RegistryTest {
    bytes32 private constant SECRET = keccak256("secret");
    uint256 private constant LENGTH = 600;
    bytes32 private _tip;

    function setUp() public override {
        super.setUp();
        _tip = seedAt(SECRET, LENGTH, 0);
        registerAlice(_tip); // in effect at 2: base is epoch 1
        registerNodeOf(BOB, 7);
    }

    /// @dev Alice's report for an epoch on her first chain.
    function _report(uint64 epoch) private view returns (EpochReport memory) {
        return reportOf(ALICE, epoch, seedAt(SECRET, LENGTH, epoch - 1));
    }

    /// Anybody may post; everything that is stored and told comes from the report.
    function testFuzz_PostStoresTheReport(address sender, uint8 wait, uint32 due, uint32 done, bytes32 auditRoot)
        external
    {
        uint64 epoch = 2 + uint64(wait);
        goTo(epoch + 1);
        EpochReport memory report = _report(epoch);
        report.due = due;
        report.done = done > due ? due : done;
        report.auditRoot = auditRoot;
        bytes memory signature = signedBy(SIGNER_KEY, report);
        bytes32 reportHash = registry.hashReport(report);
        VM.expectEmit(true, true, true, true, address(registry));
        emit Reports.ReportPosted(ALICE, epoch, reportHash, report, signature);
        VM.prank(sender);
        registry.postReport(report, signature);

        ReportView memory found = registry.reportOf(ALICE, epoch);
        yes(found.posted, "posted");
        same(found.reportHash, reportHash, "hash");
        same(registry.reportHashOf(ALICE, epoch), reportHash, "hash alone");
        same(found.due, due, "due");
        same(found.done, report.done, "done");
        same(found.previousEpoch, 0, "previous epoch");
        same(found.blockNumber, block.number, "block");
        same(found.timestamp, block.timestamp, "time");
        (uint64 lastEpoch, bytes32 seed, bytes32 hash) = registry.lastReport(ALICE);
        same(lastEpoch, epoch, "last epoch");
        same(seed, report.seed, "last seed");
        same(hash, reportHash, "last hash");
    }

    /// Epochs left out leave their seeds unused; the base of a report is the one before, or the registered tip.
    function testFuzz_SeedsChainOverGaps(uint8[5] calldata gaps) external {
        uint64 epoch = 1;
        uint64 base = 1;
        bytes32 baseSeed = _tip;
        for (uint256 i = 0; i < gaps.length; ++i) {
            epoch += 1 + gaps[i] % 20;
            goTo(epoch + 1);
            EpochReport memory report = _report(epoch);
            report.seed = keccak256("wrong");
            postExpecting(report, abi.encodeWithSelector(Reports.WrongSeed.selector, base, baseSeed));
            report = _report(epoch);
            post(report);
            _expectTip(epoch, 1, _tip);
            same(registry.reportOf(ALICE, epoch).previousEpoch, base == 1 ? 0 : base, "link");
            (base, baseSeed) = (epoch, report.seed);
        }
    }

    function testFuzz_WrongSeedsAreRefused(bytes32 seed, uint8 wait) external {
        uint64 epoch = 2 + uint64(wait);
        goTo(epoch + 1);
        EpochReport memory report = _report(epoch);
        VM.assume(seed != report.seed);
        report.seed = seed;
        postExpecting(report, abi.encodeWithSelector(Reports.WrongSeed.selector, 1, _tip));
    }

    function test_TheLongestGap() external {
        VM.prank(ALICE);
        registry.rotateSeed(seedAt(SECRET, 4200, 0)); // still in epoch 0: replaces the pending chain
        goTo(4099);
        EpochReport memory tooFar = reportOf(ALICE, 4098, seedAt(SECRET, 4200, 4097));
        postExpecting(tooFar, abi.encodeWithSelector(Reports.SeedGapTooLong.selector, 1, 4098));
        postInTime(reportOf(ALICE, 4097, seedAt(SECRET, 4200, 4096)));
    }

    /// From the rotation's effect epoch on the new chain counts, before it the old one.
    function test_RotationChangesTheChainByEpoch() external {
        bytes32 newSecret = keccak256("new secret");
        bytes32 newTip = seedAt(newSecret, 100, 0);
        postInTime(_report(3));
        VM.prank(ALICE);
        registry.rotateSeed(newTip); // in epoch 4, in effect at 6: base is epoch 5
        goTo(6);
        EpochReport memory tooEarly = reportOf(ALICE, 5, seedAt(newSecret, 100, 1));
        postExpecting(tooEarly, abi.encodeWithSelector(Reports.WrongSeed.selector, 3, seedAt(SECRET, LENGTH, 2)));
        post(_report(5)); // with the old chain, when the new one is in effect already
        goTo(7);
        postExpecting(_report(6), abi.encodeWithSelector(Reports.WrongSeed.selector, 5, newTip));
        _expectTip(5, 1, _tip);
        _expectTip(6, 5, newTip);
        postInTime(reportOf(ALICE, 8, seedAt(newSecret, 100, 3)));
        same(registry.reportOf(ALICE, 8).previousEpoch, 5, "link over the rotation");
    }

    /// A rotation frees a validator whose gap grew too long.
    function test_RotationAfterALongSilence() external {
        goTo(6000);
        bytes32 secret = keccak256("after silence");
        VM.prank(ALICE);
        registry.rotateSeed(seedAt(secret, 10, 0)); // in effect at 6002
        postInTime(reportOf(ALICE, 6002, seedAt(secret, 10, 1)));
    }

    function test_NoChainBeforeRegistration() external view {
        (bool found, uint64 baseEpoch, bytes32 tip) = registry.seedTipAt(ALICE, 1);
        no(found || baseEpoch != 0 || tip != 0, "before it");
        (found,,) = registry.seedTipAt(BOB, 9);
        no(found, "of a stranger");
    }

    function testFuzz_OneReportStandsForEver(bytes32 otherRoot, uint8 later) external {
        EpochReport memory first = _report(5);
        VM.assume(otherRoot != first.auditRoot);
        postInTime(first);
        bytes32 hash = registry.hashReport(first);
        postExpecting(first, abi.encodeWithSelector(Reports.AlreadyReported.selector, ALICE, 5));
        goTo(6 + uint64(later)); // what stands is told even when no report is accepted any more
        EpochReport memory other = _report(5);
        other.auditRoot = otherRoot;
        postExpecting(other, abi.encodeWithSelector(Reports.OtherReportStands.selector, ALICE, 5, hash));
        postExpecting(_report(4), abi.encodeWithSelector(Reports.EpochSkipped.selector, 4, 5));
        postInTime(_report(6 + uint64(later)));
        postExpecting(first, abi.encodeWithSelector(Reports.AlreadyReported.selector, ALICE, 5));
        same(registry.reportOf(ALICE, 5).reportHash, hash, "hash");
    }

    function testFuzz_ReportsHaveADeadline(uint8 wait, uint32 late) external {
        uint64 epoch = 2 + uint64(wait);
        EpochReport memory report = _report(epoch);
        uint256 deadline = registry.epochStart(epoch + 1) + REPORT_SECONDS;
        VM.warp(deadline + late);
        postExpecting(report, abi.encodeWithSelector(Reports.ReportTooLate.selector, epoch, deadline));
        VM.warp(deadline - 1);
        post(report);
    }

    function test_TheEpochMustBeOver() external {
        goTo(3);
        EpochReport memory report = _report(2);
        VM.warp(block.timestamp - 1);
        postExpecting(report, abi.encodeWithSelector(Reports.EpochNotOver.selector, 2, GENESIS + 3 * EPOCH_SECONDS));
        goTo(3);
        post(report);
        report.epoch = type(uint64).max;
        uint256 end = GENESIS + (uint256(type(uint64).max) + 1) * EPOCH_SECONDS;
        postExpecting(report, abi.encodeWithSelector(Reports.EpochNotOver.selector, type(uint64).max, end));
    }

    function testFuzz_OnlyTheSignerOfTheEpochCounts(uint256 key) external {
        key = between(key, 1, type(uint128).max);
        VM.assume(key != SIGNER_KEY);
        goTo(3);
        EpochReport memory report = _report(2);
        bytes memory signature = signedBy(key, report);
        bytes memory refused = abi.encodeWithSelector(Reports.WrongSigner.selector, VM.addr(SIGNER_KEY), VM.addr(key));
        VM.expectRevert(refused);
        registry.postReport(report, signature);
    }

    function testFuzz_MalformedSignaturesAreRefused(bytes memory signature) external {
        VM.assume(signature.length != 65);
        goTo(3);
        EpochReport memory report = _report(2);
        VM.expectRevert(abi.encodeWithSelector(Reports.WrongSigner.selector, VM.addr(SIGNER_KEY), address(0)));
        registry.postReport(report, signature);
    }

    function test_HighSIsRefused() external {
        goTo(3);
        EpochReport memory report = _report(2);
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", registry.domainSeparator(), registry.hashReport(report)));
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(SIGNER_KEY, digest);
        uint256 order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        bytes memory twin = abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        VM.expectRevert(abi.encodeWithSelector(Reports.WrongSigner.selector, VM.addr(SIGNER_KEY), address(0)));
        registry.postReport(report, twin);
    }

    /// Whoever signed in the epoch signs its report, even when another signer has followed.
    function test_TheSignerIsTheEpochsNotTodays() external {
        goTo(4);
        VM.prank(ALICE);
        registry.updateValidator(VM.addr(0xB), "https://alice.example"); // in effect at 6
        postInTime(_report(5));
        goTo(7);
        EpochReport memory report = _report(6);
        postExpecting(report, abi.encodeWithSelector(Reports.WrongSigner.selector, VM.addr(0xB), VM.addr(SIGNER_KEY)));
        registry.postReport(report, signedBy(0xB, report));
    }

    function test_OnlyActiveValidatorsReport() external {
        goTo(1);
        EpochReport memory early = reportOf(ALICE, 0, _tip);
        postExpecting(early, abi.encodeWithSelector(Reports.ValidatorNotActive.selector, ALICE, 0));
        goTo(2);
        early.epoch = 1;
        postExpecting(early, abi.encodeWithSelector(Reports.ValidatorNotActive.selector, ALICE, 1));
        goTo(4);
        VM.prank(ALICE);
        registry.retireValidator(); // in effect at 6
        postInTime(_report(5));
        goTo(7);
        postExpecting(_report(6), abi.encodeWithSelector(Reports.ValidatorNotActive.selector, ALICE, 6));
        postExpecting(reportOf(BOB, 6, 0), abi.encodeWithSelector(Reports.ValidatorNotActive.selector, BOB, 6));
    }

    function testFuzz_FactsMustBeRight(bytes32 policyHash, bytes32 previous, uint32 nodeCount, uint32 due, uint32 done)
        external
    {
        VM.assume(policyHash != POLICY && previous != 0 && nodeCount != 1 && done > due);
        goTo(3);
        EpochReport memory report = _report(2);
        report.policyHash = policyHash;
        postExpecting(report, abi.encodeWithSelector(Reports.WrongPolicy.selector, POLICY, policyHash));
        report = _report(2);
        report.previous = previous;
        postExpecting(report, abi.encodeWithSelector(Reports.WrongPrevious.selector, bytes32(0), previous));
        report = _report(2);
        report.nodeCount = nodeCount;
        postExpecting(report, abi.encodeWithSelector(Reports.WrongNodeCount.selector, 1, nodeCount));
        report = _report(2);
        (report.due, report.done) = (due, done);
        postExpecting(report, abi.encodeWithSelector(Reports.DoneExceedsDue.selector, done, due));
    }

    function test_PreviousIsTheLastPosted() external {
        EpochReport memory first = _report(3);
        postInTime(first);
        goTo(8);
        EpochReport memory second = _report(7);
        same(second.previous, registry.hashReport(first), "link");
        second.previous = 0;
        postExpecting(
            second, abi.encodeWithSelector(Reports.WrongPrevious.selector, registry.hashReport(first), bytes32(0))
        );
    }

    /// A signature is for one chain and one registry.
    function test_ReportForAnotherRegistryIsRefused() external {
        goTo(3);
        EpochReport memory report = _report(2);
        bytes memory signature = signedBy(SIGNER_KEY, report);
        setUp();
        goTo(3);
        try registry.postReport(report, signature) {
            yes(false, "accepted elsewhere");
        } catch (bytes memory reason) {
            same(bytes32(bytes4(reason)), bytes32(Reports.WrongSigner.selector), "reason");
        }
    }

    function _expectTip(uint64 epoch, uint64 base, bytes32 tip) private view {
        (bool found, uint64 foundBase, bytes32 foundTip) = registry.seedTipAt(ALICE, epoch);
        yes(found, "has a chain");
        same(foundBase, base, "base epoch");
        same(foundTip, tip, "tip");
    }
}
